/** The scope of a deletion and its final report. */

export type DeletionScope =
  | { readonly kind: 'source'; readonly dataSourceId: string; readonly keepDocuments: boolean }
  | { readonly kind: 'document'; readonly documentId: string }
  /** Everything that belongs to the user. */
  | { readonly kind: 'user' };

/** Counts for a scope, store by store. They are taken before the deletion and again at its end. */
export interface StoreCounts {
  readonly sources: number;
  readonly documents: number;
  readonly chunks: number;
  /** Vectors that nothing outside the scope uses. */
  readonly vectors: number;
  /** The vector count of a store outside Postgres, for a whole user. Smaller scopes use the recorded `vectors`. */
  readonly vectorsOutside: number;
  /** Jobs, items, ledger rows and everything else in Postgres. */
  readonly otherRows: number;
  readonly stagedBytes: number;
  /** Temporal Schedules. */
  readonly schedules: number;
}

export interface DeletionResult {
  readonly removed: StoreCounts;
  /** The rows that were still found afterwards. The deletion is finished only if this is empty. */
  readonly left: StoreCounts;
  /** Sign-ins that were revoked at the vendor. */
  readonly signInsRevoked: number;
  /** Sign-ins whose vendor did not answer. The tokens are deleted anyway. */
  readonly signInsNotRevoked: number;
  /**
   * Sign-ins that were not revoked because another source uses them. The tokens are deleted anyway. Results of earlier
   * versions lack this.
   */
  readonly signInsKept?: number;
}
