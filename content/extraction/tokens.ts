import { countTokens as countByTable, setMergeCacheSize } from 'gpt-tokenizer/encoding/cl100k_base';
import { CL100K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';

/** Words repeat in any language, and looking up a count is several times as fast as computing it. */
const counts = new Map<string, number>();
const maxCounts = 100_000;
/** Longer pieces rarely repeat. */
const maxPiece = 40;

/**
 * The tokenizer's own memory of pieces is full after 100,000 of them; it then looks for the oldest one through all that it
 * has deleted, for each new piece. A text of many different pieces took minutes, and so did each one after it.
 */
setMergeCacheSize(0);

/**
 * Counts the tokens of a text (cl100k_base). A model's special tokens, such as `<|endoftext|>`, count as text, because
 * documents about models contain them; the tokenizer's own `countTokens` rejects them.
 */
export function countTokens(text: string): number {
  let tokens = 0;
  for (const piece of text.match(CL100K_TOKEN_SPLIT_REGEX) ?? []) tokens += counts.get(piece) ?? countPiece(piece);
  return tokens;
}

/** The text around a piece never changes how it is split, and a piece never contains a complete special token. */
function countPiece(piece: string): number {
  const tokens = countByTable(piece);
  if (piece.length > maxPiece) return tokens;
  if (counts.size >= maxCounts) counts.clear();
  counts.set(piece, tokens);
  return tokens;
}
