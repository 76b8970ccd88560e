import type { FinerModel } from '../../domain/vectors.ts';
import type { CallLimits } from './call-limits.ts';

/** Many models embed a question and the text that answers it differently. */
export type InputType = 'query' | 'passage';

/** A text below either value does not answer a question. */
export interface Floor {
  readonly cosine: number;
  /** Relative to the cosine of the nearest text. */
  readonly shareOfBest: number;
}

/** A word of a question. */
export interface WeightedWord {
  readonly word: string;
  /** How much it says: the logarithm of its rarity among the user's texts. */
  readonly weight: number;
}

export interface WordComparison {
  /**
   * Returns for each passage how well its words match those of a question: for each word the likeness of the nearest one
   * in the passage, from 0 to 1, and of these the weighted mean.
   */
  readonly compare: (
    words: readonly WeightedWord[],
    passages: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly number[]>;
  /** A passage below this value does not answer the question. */
  readonly min: number;
  /** The weight of the ranking by words, relative to the comparison, if its best score is 1. */
  readonly wordsWeight: number;
  /** The same for the vectors. */
  readonly vectorsWeight: number;
  /** The cosine of unrelated texts, which counts as nothing: some models give any two texts a high one. */
  readonly unrelatedCosine: number;
}

export interface MinSimilarity {
  /** For texts that are found beside texts with words of the question. */
  readonly besideWords: Floor;
  /** For texts when none contains words of the question, so that only the vectors count. */
  readonly alone: Floor;
}

/**
 * Turns texts into vectors. Its limits are data: the caller makes the batches, and the embedder refuses those that
 * exceed them.
 */
export interface Embedder {
  /**
   * Part of every vector's identity, because another model or size means different vectors (`text-embedding-3-small`).
   */
  readonly model: string;
  readonly dimensions: number;
  /** The known limits of one call; refusals narrow them. */
  readonly limits: CallLimits;
  /** Maximum number of concurrent calls from one process. */
  readonly maxCallConcurrency: number;
  /** US dollars per million tokens, for plans; 0 if nothing is charged. */
  readonly dollarsPerMillionTokens: number;
  /** The approximate speed on two cores, for estimates; null if it depends on a server. */
  readonly tokensPerSecond: number | null;
  /**
   * The weight of its ranking in a search, relative to the ranking by words (1), as measured by `npm run relevance`.
   */
  readonly searchWeight: number;
  /** The minimum similarity for a hit, so that a question without an answer finds nothing; also measured. */
  readonly minSimilarity: MinSimilarity;
  /** Compares a question and passages word by word, if the model knows words one by one. */
  readonly wordComparison?: WordComparison;
  /** A model that understands more and needs no key either, for who accepts what it costs. */
  readonly finer?: FinerModel;
  /**
   * Makes one call. It returns vectors in the order of `texts`, each with `dimensions` finite numbers that are not all
   * zero; null for a text whose vector was unusable.
   * @throws RefusedCall if the server refuses the call for its contents, or fails on it: a smaller call may be accepted
   * @throws SyncError `rate_limited` (with the vendor's delay), `quota_exhausted`, `unavailable`, `invalid_input` (key,
   * model, configuration)
   */
  embed(texts: readonly string[], inputType: InputType, signal: AbortSignal): Promise<readonly (Float32Array | null)[]>;
}
