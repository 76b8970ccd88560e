import { join } from 'node:path';
import { CallLimits } from '../call-limits.ts';
import type { Embedder } from '../embedder.ts';
import { cutVectors, ModelThread } from './threads.ts';

/** The number goes up with every change of the table: other vectors are another model. */
export const semanticModel = 'local-semantic-1';
const dimensions = 192;

/**
 * Knows meaning without a key: a table of word pieces' vectors, taken from multilingual-e5-small (MIT). Of about a hundred
 * languages, hundreds of chunks a second, in a thread of its own that is started with the first text. It adds up words and
 * does not read sentences: what that costs stands in docs/decisions/23-local-models.md.
 */
export function createSemanticEmbedder(): Embedder {
  const thread = new ModelThread(join(import.meta.dirname, 'table-thread.ts'), {
    path: join(import.meta.dirname, `${semanticModel}.bin`),
  });
  return {
    model: semanticModel,
    dimensions,
    limits: new CallLimits({ inputs: 64, callTokens: 100_000 }),
    maxParallelCalls: 2,
    dollarsPerMillionTokens: 0,
    searchWeight: 0.5,
    leastSimilarity: { besideWords: { cosine: 0.3, shareOfBest: 0.6 }, alone: { cosine: 0.2, shareOfBest: 0.8 } },
    embed: async (texts, inputType, signal) => {
      signal.throwIfAborted();
      return cutVectors(await thread.ask(texts, inputType), dimensions);
    },
  };
}
