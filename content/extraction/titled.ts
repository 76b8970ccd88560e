import { hash } from 'node:crypto';
import { countTokens } from './tokens.ts';
import type { Chunk } from '../../domain/documents.ts';

const maxTitleLength = 200;
const fileEnding = /\.[a-z0-9]{1,5}$/i;

/**
 * Prefixes each chunk's embedded text with the document's title, because a part from the middle does not say what it is
 * about. A document with a different title therefore has different vectors.
 */
export function withTitle(chunks: readonly Chunk[], name: string): Chunk[] {
  const title = name.replace(fileEnding, '').replaceAll(/\s+/gu, ' ').trim().slice(0, maxTitleLength).toWellFormed();
  if (title === '') return [...chunks];
  const before = `${title}\n\n`;
  const tokens = countTokens(before);
  return chunks.map((chunk) => {
    const embeddingText = before + chunk.embeddingText;
    return { ...chunk, embeddingText, textHash: hash('sha256', embeddingText), tokens: chunk.tokens + tokens };
  });
}
