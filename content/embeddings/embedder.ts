/** Turns texts into vectors. Limits are data: the caller batches, the embedder refuses what is over. */
export interface Embedder {
  /** Part of every vector's identity: another model or size means other vectors (`text-embedding-3-small`). */
  readonly model: string;
  readonly dimensions: number;
  readonly maxInputsPerCall: number;
  /** Tokens summed over all inputs of one call. */
  readonly maxTokensPerCall: number;
  /** Calls that may be under way at once from one process. */
  readonly maxParallelCalls: number;
  /** US dollars per million tokens, for plans; 0 where nothing is charged. */
  readonly dollarsPerMillionTokens: number;
  /** What its ranking counts in a search beside that by words (1), as `npm run relevance` measures it. */
  readonly searchWeight: number;
  /**
   * One call. Vectors come back in the order of `texts`, unit length, each of `dimensions` finite numbers.
   * @throws SyncError `rate_limited` (with the vendor's delay), `quota_exhausted`, `unavailable`, `invalid_input` (key, model, configuration), `too_large` (an input is over the model's limit)
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
}
