/** Deleting: what may go, and what is said of it at the end. */

export type DeletionScope =
  | { readonly kind: 'source'; readonly dataSourceId: string; readonly keepDocuments: boolean }
  | { readonly kind: 'document'; readonly documentId: string }
  /** Everything of the user. */
  | { readonly kind: 'user' };

/** What there is of a scope, store by store. Counted before anything goes, and again at the end. */
export interface StoreCounts {
  readonly sources: number;
  readonly documents: number;
  readonly chunks: number;
  /** Vectors that nothing outside of the scope uses. */
  readonly vectors: number;
  /** What a store outside of Postgres counts, of a whole user; for less the recorded `vectors` tell. */
  readonly vectorsOutside: number;
  /** Jobs, items, ledger and everything else in Postgres. */
  readonly otherRows: number;
  readonly stagedBytes: number;
  /** Temporal Schedules. */
  readonly schedules: number;
}

export interface DeletionResult {
  readonly removed: StoreCounts;
  /** What could be found afterwards: nothing, or the deletion is not finished. */
  readonly left: StoreCounts;
  /** Sign-ins that were ended at the vendor. */
  readonly signInsRevoked: number;
  /** Sign-ins whose vendor did not answer; the tokens are forgotten all the same. */
  readonly signInsNotRevoked: number;
}
