import { join } from 'node:path';
import { CallLimits } from '../call-limits.ts';
import type { Embedder, WordComparison } from '../embedder.ts';
import { e5 } from './e5-facts.ts';
import { cutVectors, ModelThread } from './threads.ts';
import { semanticModel, semanticModelPath } from './vocabulary.ts';

const dimensions = 192;

/**
 * Finds meaning without a key: a table of word piece vectors, derived from multilingual-e5-small (MIT). It covers about
 * a hundred languages and embeds hundreds of chunks per second, in a thread that starts with the first text. It adds up
 * words and does not understand sentences; docs/decisions/23-local-models.md describes the cost.
 */
export function createSemanticEmbedder(): Embedder {
  const thread = tableThread();
  return {
    model: semanticModel,
    dimensions,
    limits: new CallLimits({ inputs: 64, callTokens: 100_000 }),
    maxCallConcurrency: 2,
    dollarsPerMillionTokens: 0,
    tokensPerSecond: 120_000,
    finer: e5,
    searchWeight: 0.5,
    minSimilarity: { besideWords: { cosine: 0.15, shareOfBest: 0.4 }, alone: { cosine: 0.25, shareOfBest: 0.6 } },
    wordComparison: {
      compare: wordComparer(thread),
      min: 0.16,
      wordsWeight: 0.6,
      vectorsWeight: 0.3,
      unrelatedCosine: 0,
    },
    embed: async (texts, inputType, signal) => {
      signal.throwIfAborted();
      return cutVectors(await thread.ask(texts, inputType), dimensions);
    },
  };
}

/** The thread starts, and loads the table, with the first text. */
export function tableThread(): ModelThread {
  return new ModelThread(join(import.meta.dirname, 'table-thread.ts'), { path: semanticModelPath });
}

export function wordComparer(thread: ModelThread): WordComparison['compare'] {
  return async (words, passages, signal) => {
    signal.throwIfAborted();
    return [...(await thread.ask(passages, 'passage', words))];
  };
}
