import { createHash } from 'node:crypto';
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import type { Chunk } from '../domain/documents.ts';
import { type Block, toBlocks } from './blocks.ts';

/**
 * Sizes in tokens. A chunk is closed at a paragraph whose own content says so, once it has `min`; it never exceeds `max`
 * (headings and overlap come on top, at most about 100).
 */
const size = { min: 160, max: 640, whole: 400 } as const;
/** One paragraph in so many ends a chunk: about 400 tokens a chunk with ordinary paragraphs. */
const boundaryEvery = 4;
/** Characters of the part before that are repeated in front, from a word's beginning. */
const overlapLength = 200;
const headingLength = 200;

/**
 * Cuts text into chunks whose texts, joined, are the text. Where a chunk ends is decided by the paragraphs around that
 * place and not by counting from the beginning: an edit changes the chunk it is in (and the overlap of the next), all
 * others keep their hash and their vector.
 */
export function chunkText(text: string): Chunk[] {
  const blocks = toBlocks(text);
  const counted = blocks.map((block) => ({ ...block, tokens: countTokens(block.text) }));
  const total = counted.reduce((sum, block) => sum + block.tokens, 0);
  const groups = total <= size.whole ? [counted].filter((all) => all.length > 0) : group(counted);
  return groups.map((blocksOfChunk, i) => toChunk(blocksOfChunk, groups[i - 1]));
}

interface CountedBlock extends Block {
  readonly tokens: number;
}

function group(blocks: readonly CountedBlock[]): CountedBlock[][] {
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

function toChunk(blocks: readonly CountedBlock[], before: readonly CountedBlock[] | undefined): Chunk {
  const text = blocks.map((block) => block.text).join('');
  const first = blocks[0];
  const headings =
    first === undefined || first.headings.length === 0
      ? ''
      : `${first.headings.join(' > ').slice(0, headingLength)}\n\n`;
  const overlap = before === undefined || first?.isHeading === true ? '' : tailOf(before);
  const embeddingText = `${headings}${overlap}${text}`.toWellFormed().trim();
  const context = headings === '' && overlap === '' ? 0 : countTokens(headings + overlap);
  return {
    text,
    embeddingText,
    textHash: createHash('sha256').update(embeddingText).digest('hex'),
    tokens: context + blocks.reduce((sum, block) => sum + block.tokens, 0),
  };
}

/** The end of the part before, from a word's beginning on. */
function tailOf(blocks: readonly CountedBlock[]): string {
  let tail = '';
  for (let i = blocks.length - 1; i >= 0 && tail.length < overlapLength; i--) tail = `${blocks[i]?.text ?? ''}${tail}`;
  if (tail.length <= overlapLength) return tail;
  const cut = tail.slice(-overlapLength);
  return cut.slice(Math.max(0, cut.search(/\s/u) + 1));
}
