import { hash } from 'node:crypto';
import { type Chunk, type ChunkPlace, type ChunkSettings, defaultChunking } from '../../domain/documents.ts';
import { wordsOf } from '../words/words.ts';
import { type Block, toBlocks } from './blocks.ts';
import { forgetWords, indexWords, type ReadText, readText } from './read-words.ts';
import { titleLines } from './titled.ts';
import { countTokens } from './tokens.ts';

/** On average, one paragraph in this many ends a chunk. */
const boundaryEvery = 4;
const charactersPerToken = 4;
const headingLength = 200;

/**
 * Cuts text into chunks whose texts, joined, are the text. The paragraphs around a position decide whether a chunk ends
 * there, not a count from the beginning: an edit changes only its own chunk (and the overlap of the next), and all
 * others keep their hash and their vector.
 * @param isPaged whether a form feed begins a page; otherwise chunks have no pages
 * @param title embedded with each chunk
 */
export function chunkText(
  text: string,
  settings?: ChunkSettings | null,
  { isPaged = false, title = '' }: { readonly isPaged?: boolean; readonly title?: string } = {},
): Chunk[] {
  const { tokens: target, overlapTokens } = settings ?? defaultChunking;
  const size = sizesOf(target);
  const overlapLength = overlapTokens * charactersPerToken;
  const lines = titleLines(title);
  const above = { lines, tokens: countTokens(lines) };
  const blocks = toBlocks(text, target * charactersPerToken);
  forgetWords();
  const counted = blocks.map((block) => ({ ...block, ...readText(block.text) }));
  const total = counted.reduce((sum, block) => sum + block.tokens, 0);
  const groups = total <= size.whole ? [counted].filter((all) => all.length > 0) : group(counted, size);
  const pages = isPaged ? pagesOf(groups) : null;
  return groups.map((blocksOfChunk, i) => ({
    ...toChunk(blocksOfChunk, groups[i - 1], overlapLength, above),
    place: { headings: headingsOf(blocksOfChunk), pages: pages?.[i] ?? null },
  }));
}

/**
 * Sizes in tokens. Once a chunk has `min` tokens, it ends at the first paragraph whose content says so; it never
 * exceeds `max` (headings and overlap are added to that).
 */
function sizesOf(target: number) {
  return { min: Math.round(target * 0.4), max: Math.round(target * 1.6), whole: target };
}

type CountedBlock = Block & ReadText;

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

/** Depends only on the paragraph. A heading ends nothing, because it belongs to the text that follows. */
function endsChunk(block: Block): boolean {
  if (block.isHeading) return false;
  return hash('md5', block.text.trim(), 'buffer').readUInt16LE(0) % boundaryEvery === 0;
}

function toChunk(
  blocks: readonly CountedBlock[],
  before: readonly CountedBlock[] | undefined,
  overlapLength: number,
  above: { readonly lines: string; readonly tokens: number },
): Omit<Chunk, 'place'> {
  const text = blocks.map((block) => block.text).join('');
  const first = blocks[0];
  const headings =
    first === undefined || first.headings.length === 0
      ? ''
      : `${first.headings.join(' > ').slice(0, headingLength)}\n\n`;
  const overlap = before === undefined || first?.isHeading === true ? '' : tailOf(before, overlapLength);
  const embeddingText = above.lines + `${headings}${overlap}${text}`.toWellFormed().trim();
  const context = headings === '' && overlap === '' ? 0 : readText(headings + overlap).tokens;
  return {
    text,
    embeddingText,
    textHash: hash('sha256', embeddingText),
    tokens: above.tokens + context + blocks.reduce((sum, block) => sum + block.tokens, 0),
    words: wordsIn(blocks, text),
  };
}

/** A word reaches from one block into the next only where a long one was cut, a number at its point or a name at its hyphen. */
function wordsIn(blocks: readonly CountedBlock[], text: string): string {
  const areApart = blocks.slice(0, -1).every(({ text: own }) => own.endsWith('\n') || !mayGoOn.test(own.slice(-2)));
  return areApart ? indexWords(blocks) : wordsOf(text);
}

const mayGoOn = /[^\s;:!?)]$/u;

/** Returns the headings above the first words of a chunk, including headings that it begins with. */
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

/** Returns the end of the previous part, starting at a word. */
function tailOf(blocks: readonly CountedBlock[], overlapLength: number): string {
  if (overlapLength === 0) return '';
  let tail = '';
  for (let i = blocks.length - 1; i >= 0 && tail.length < overlapLength; i--) tail = `${blocks[i]?.text ?? ''}${tail}`;
  if (tail.length <= overlapLength) return tail;
  const cut = tail.slice(-overlapLength);
  return cut.slice(Math.max(0, cut.search(/\s/u) + 1));
}
