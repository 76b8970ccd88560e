import type { DocumentFilter } from '../../domain/documents.ts';
import type { VectorSpace } from '../../domain/vectors.ts';

/**
 * Where the vectors of one space (a store, a model, a size) are kept and searched. A vector belongs to one user and one
 * text (by hash), so a text that stands in two documents has one vector, and writing it again writes the same. Which
 * vectors there are Postgres knows (`db/vectors/vector-records.ts`); a store outside holds what is recorded there, no sooner and
 * no longer.
 *
 * Every call may fail with a SyncError of the closed set: `rate_limited`, `quota_exhausted`, `unavailable` (repeat), or
 * `invalid_input` (key, index, size: somebody must change the configuration).
 */
export interface VectorIndex {
  readonly space: VectorSpace;
  /** Writes vectors and records them. Idempotent by (user, text hash). Killed in between, the claims lapse and it is done again. */
  upsert(userId: string, records: readonly VectorRecord[], signal: AbortSignal): Promise<void>;
  /**
   * Writes those of these texts' vectors that an earlier `upsert` had in hand when the store failed: nothing is embedded
   * twice. @returns the texts that are done
   */
  resume(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Proves that these texts' recorded vectors can be read back.
   * @throws SyncError `unavailable` with code `vectors_not_readable` while they cannot
   */
  confirm(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Deletes vectors in the store, whoever uses them; the caller holds their claims. Idempotent. */
  delete(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Renews what filters find these vectors by, and records it. Idempotent. */
  relabel(userId: string, vectors: readonly LabelledText[], signal: AbortSignal): Promise<void>;
  /**
   * Everything of one user in this space that is outside of Postgres. Idempotent.
   * @throws SyncError `unavailable` while something can still be seen
   */
  deleteAll(userId: string, signal: AbortSignal): Promise<void>;
  /** The vectors that the store has of these texts, in any order. */
  read(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<readonly VectorRecord[]>;
  /** What the store has, a page at a time, from the beginning without a cursor. */
  list(userId: string, cursor: string | null, signal: AbortSignal): Promise<VectorListPage>;
  /** How many vectors of the user the store counts outside of Postgres. May be some seconds behind. */
  countOutside(userId: string, signal: AbortSignal): Promise<number>;
  query(userId: string, query: VectorQuery, signal: AbortSignal): Promise<readonly VectorHit[]>;
}

export interface VectorRecord {
  readonly textHash: string;
  readonly vector: Float32Array;
}

export interface LabelledText {
  readonly textHash: string;
  readonly labels: readonly string[];
}

export interface VectorListPage {
  readonly textHashes: readonly string[];
  /** Null: there are no more. */
  readonly next: string | null;
}

export interface VectorQuery {
  readonly vector: Float32Array;
  readonly topK: number;
  readonly filter?: DocumentFilter;
}

export interface VectorHit {
  /** A chunk of a live document version; never of a deleted or stale one. */
  readonly chunkId: string;
  /** Cosine similarity, -1 to 1. */
  readonly score: number;
}
