import { createHash } from 'node:crypto';
import { countTokens } from './tokens.ts';
import type { Chunk, ChunkPlace } from '../../domain/documents.ts';
import { wordsOf } from '../words/words.ts';
import { type Block, toBlocks } from './blocks.ts';

export interface ChunkSettings {
  /** About so many a chunk with ordinary paragraphs. */
  readonly tokens: number;
  /** About so many of the part before are repeated in front, from a word's beginning. */
  readonly overlapTokens: number;
}

const usual: ChunkSettings = { tokens: 400, overlapTokens: 50 };
/** One paragraph in so many ends a chunk. */
const boundaryEvery = 4;
const charactersPerToken = 4;
const headingLength = 200;

/**
 * Cuts text into chunks whose texts, joined, are the text. Where a chunk ends is decided by the paragraphs around that
 * place and not by counting from the beginning: an edit changes the chunk it is in (and the overlap of the next), all
 * others keep their hash and their vector.
 * @param isPaged whether a form feed begins a page; else chunks have no pages
 */
export function chunkText(text: string, settings?: ChunkSettings | null, { isPaged = false } = {}): Chunk[] {
  const { tokens: target, overlapTokens } = settings ?? usual;
  const size = sizesOf(target);
  const overlapLength = overlapTokens * charactersPerToken;
  const blocks = toBlocks(text, target * charactersPerToken);
  const counted = blocks.map((block) => ({ ...block, tokens: countTokens(block.text) }));
  const total = counted.reduce((sum, block) => sum + block.tokens, 0);
  const groups = total <= size.whole ? [counted].filter((all) => all.length > 0) : group(counted, size);
  const pages = isPaged ? pagesOf(groups) : null;
  return groups.map((blocksOfChunk, i) => ({
    ...toChunk(blocksOfChunk, groups[i - 1], overlapLength),
    place: { headings: headingsOf(blocksOfChunk), pages: pages?.[i] ?? null },
  }));
}

/**
 * In tokens. A chunk is closed at a paragraph whose own content says so, once it has `min`; it never exceeds `max`
 * (headings and overlap come on top).
 */
function sizesOf(target: number) {
  return { min: Math.round(target * 0.4), max: Math.round(target * 1.6), whole: target };
}

interface CountedBlock extends Block {
  readonly tokens: number;
}

function group(blocks: readonly CountedBlock[], size: ReturnType<typeof sizesOf>): CountedBlock[][] {
  const groups: CountedBlock[][] = [];
  let current: CountedBlock[] = [];
  let tokens = 0;
  for (const block of blocks) {
    const previous = current.at(-1);
    const full = tokens + block.tokens > size.max;
    const natural = tokens >= size.min && previous !== undefined && (block.isHeading || endsChunk(previous));
    if (previous !== undefined && (full || natural)) {
      groups.push(current);
      current = [];
      tokens = 0;
    }
    current.push(block);
    tokens += block.tokens;
  }
  if (current.length > 0) groups.push(current);
  return groups;
}

/** A property of the paragraph alone. A heading ends nothing: it belongs to what follows. */
function endsChunk(block: Block): boolean {
  if (block.isHeading) return false;
  return createHash('md5').update(block.text.trim()).digest().readUInt16LE(0) % boundaryEvery === 0;
}

function toChunk(
  blocks: readonly CountedBlock[],
  before: readonly CountedBlock[] | undefined,
  overlapLength: number,
): Omit<Chunk, 'place'> {
  const text = blocks.map((block) => block.text).join('');
  const first = blocks[0];
  const headings =
    first === undefined || first.headings.length === 0
      ? ''
      : `${first.headings.join(' > ').slice(0, headingLength)}\n\n`;
  const overlap = before === undefined || first?.isHeading === true ? '' : tailOf(before, overlapLength);
  const embeddingText = `${headings}${overlap}${text}`.toWellFormed().trim();
  const context = headings === '' && overlap === '' ? 0 : countTokens(headings + overlap);
  return {
    text,
    embeddingText,
    textHash: createHash('sha256').update(embeddingText).digest('hex'),
    tokens: context + blocks.reduce((sum, block) => sum + block.tokens, 0),
    words: wordsOf(text),
  };
}

/** What the first words of a chunk stand under; headings that it begins with are among them. */
function headingsOf(blocks: readonly Block[]): readonly string[] {
  return (blocks.find((block) => !block.isHeading) ?? blocks[0])?.headings ?? [];
}

/** A form feed begins a page. */
function pagesOf(groups: readonly (readonly Block[])[]): ChunkPlace['pages'][] {
  let page = 1;
  return groups.map((blocks) => {
    const text = blocks.map((block) => block.text).join('');
    const words = text.trim();
    const start = text.indexOf(words);
    const first = page + count(text.slice(0, start));
    const last = first + count(words);
    page += count(text);
    return { first, last };
  });
}

function count(text: string): number {
  return text.split('\f').length - 1;
}

/** The end of the part before, from a word's beginning on. */
function tailOf(blocks: readonly CountedBlock[], overlapLength: number): string {
  if (overlapLength === 0) return '';
  let tail = '';
  for (let i = blocks.length - 1; i >= 0 && tail.length < overlapLength; i--) tail = `${blocks[i]?.text ?? ''}${tail}`;
  if (tail.length <= overlapLength) return tail;
  const cut = tail.slice(-overlapLength);
  return cut.slice(Math.max(0, cut.search(/\s/u) + 1));
}
