import { join } from 'node:path';
import { CallLimits } from '../call-limits.ts';
import type { Embedder } from '../embedder.ts';
import { e5 } from './e5-facts.ts';
import { ensureWeights, type WeightsSource } from './e5-weights.ts';
import { tableThread, wordComparer } from './index.ts';
import { cutVectors, ModelThread } from './threads.ts';

const dimensions = 384;
const maxThreads = 2;

/**
 * multilingual-e5-small itself (MIT, 4 bits). It understands sentences, but is about a hundred times slower than the
 * table. Its weights are downloaded once; it runs as WebAssembly in separate threads with about 180 MB each.
 */
export function createE5Embedder(source: WeightsSource): Embedder {
  let threads: readonly ModelThread[] = [];
  return {
    model: e5.model,
    dimensions,
    // A call takes seconds, so calls are small: finished work is saved, and no claim on a text expires in the meantime.
    limits: new CallLimits({ inputs: 4, callTokens: 3000 }),
    maxCallConcurrency: maxThreads,
    dollarsPerMillionTokens: 0,
    tokensPerSecond: e5.tokensPerSecond,
    searchWeight: 2,
    minSimilarity: { besideWords: { cosine: 0.8, shareOfBest: 0.96 }, alone: { cosine: 0.8, shareOfBest: 0.96 } },
    // The table adds what one vector of a whole chunk hides: names, numbers, a single sentence.
    wordComparison: {
      compare: wordComparer(tableThread()),
      min: 0.06,
      wordsWeight: 0.2,
      vectorsWeight: 1,
      unrelatedCosine: 0.75,
    },
    embed: async (texts, inputType, signal) => {
      const path = await ensureWeights(source);
      signal.throwIfAborted();
      if (threads.length === 0) {
        const script = join(import.meta.dirname, 'e5-thread.ts');
        threads = Array.from({ length: maxThreads }, () => new ModelThread(script, { path }));
      }
      const [freest] = threads.toSorted((a, b) => a.load - b.load);
      return freest === undefined ? [] : cutVectors(await freest.ask(texts, inputType), dimensions);
    },
  };
}
