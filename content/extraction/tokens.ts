import { countTokens as countByTable } from 'gpt-tokenizer/encoding/cl100k_base';
import { CL100K_TOKEN_SPLIT_REGEX } from 'gpt-tokenizer/encodingParams/constants';

/** Language repeats its words: a count is looked up several times as fast as it is made. */
const counts = new Map<string, number>();
const maxCounts = 100_000;
/** Longer pieces hardly come twice. */
const maxPiece = 40;

/**
 * Tokens of a text (cl100k_base). What a model uses as a sign of its own, such as `<|endoftext|>`, is text here: it stands
 * in documents about models, and the tokenizer's own `countTokens` refuses it.
 */
export function countTokens(text: string): number {
  let tokens = 0;
  for (const piece of text.match(CL100K_TOKEN_SPLIT_REGEX) ?? []) tokens += counts.get(piece) ?? countPiece(piece);
  return tokens;
}

/** A piece is never split differently by what stands around it, and holds no whole sign of a model. */
function countPiece(piece: string): number {
  const tokens = countByTable(piece);
  if (piece.length > maxPiece) return tokens;
  if (counts.size >= maxCounts) counts.clear();
  counts.set(piece, tokens);
  return tokens;
}
