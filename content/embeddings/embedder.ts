import type { CallLimits } from './call-limits.ts';

/** Many models embed a question and the text that answers it differently. */
export type InputType = 'query' | 'passage';

/** A text below either is no answer to a question. */
export interface Floor {
  readonly cosine: number;
  /** Against the cosine of the nearest text. */
  readonly shareOfBest: number;
}

export interface LeastSimilarity {
  /** Where texts hold words of the question. */
  readonly besideWords: Floor;
  /** Where none does, and nothing but the vector speaks for a text. */
  readonly alone: Floor;
}

/** Turns texts into vectors. Limits are data: the caller batches, the embedder refuses what is over. */
export interface Embedder {
  /** Part of every vector's identity: another model or size means other vectors (`text-embedding-3-small`). */
  readonly model: string;
  readonly dimensions: number;
  /** What one call may hold, as far as it is known; refusals narrow it. */
  readonly limits: CallLimits;
  /** Calls that may be under way at once from one process. */
  readonly maxParallelCalls: number;
  /** US dollars per million tokens, for plans; 0 where nothing is charged. */
  readonly dollarsPerMillionTokens: number;
  /** What its ranking counts in a search beside that by words (1), as `npm run relevance` measures it. */
  readonly searchWeight: number;
  /** What nothing answers finds nothing. Measured as well. */
  readonly leastSimilarity: LeastSimilarity;
  /**
   * One call. Vectors come back in the order of `texts`, each of `dimensions` finite numbers that are not all zero; null
   * for a text whose vector the server made unusable.
   * @throws RefusedCall when the server refuses the call for what is in it, or breaks on it: a smaller call may be taken
   * @throws SyncError `rate_limited` (with the vendor's delay), `quota_exhausted`, `unavailable`, `invalid_input` (key, model, configuration)
   */
  embed(texts: readonly string[], inputType: InputType, signal: AbortSignal): Promise<readonly (Float32Array | null)[]>;
}
