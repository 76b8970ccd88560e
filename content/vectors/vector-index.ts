import type { DocumentFilter } from '../../domain/documents.ts';
import type { VectorSpace } from '../../domain/vectors.ts';

/**
 * Stores and searches the vectors of one space (a store, a model, a size). A vector belongs to one user and one text
 * (by hash), so a text in two documents has one vector, and writing it again writes the same. Postgres records which
 * vectors exist (`db/vectors/vector-records.ts`); an external store contains what is recorded there, no earlier and no
 * longer.
 *
 * Every call may fail with one of these SyncErrors: `rate_limited`, `quota_exhausted`, `unavailable` (retry), or
 * `invalid_input` (key, index, size: somebody must change the configuration).
 */
export interface VectorIndex {
  readonly space: VectorSpace;
  /**
   * Writes vectors and records them. Idempotent by (user, text hash). If the process dies in between, the claims expire
   * and the work is repeated.
   */
  upsert(userId: string, records: readonly VectorRecord[], signal: AbortSignal): Promise<void>;
  /**
   * Writes the vectors of these texts that an earlier `upsert` had computed when the store failed, so that nothing is
   * embedded twice. @returns the texts that are done
   */
  resume(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Proves that the recorded vectors of these texts can be read back.
   * @throws SyncError `unavailable` with code `vectors_not_readable` while they cannot
   */
  confirm(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Deletes vectors in the store, even if they are in use; the caller holds their claims. Idempotent. */
  delete(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Updates the labels by which filters find these vectors, and records it. Idempotent. */
  relabel(userId: string, vectors: readonly LabeledText[], signal: AbortSignal): Promise<void>;
  /**
   * Deletes everything of one user in this space outside of Postgres. Idempotent.
   * @throws SyncError `unavailable` while something is still visible
   */
  deleteAll(userId: string, signal: AbortSignal): Promise<void>;
  /** Reads the store's vectors of these texts, in any order. */
  read(userId: string, textHashes: readonly string[], signal: AbortSignal): Promise<readonly VectorRecord[]>;
  /** Lists the store's contents, one page at a time, from the beginning without a cursor. */
  list(userId: string, cursor: string | null, signal: AbortSignal): Promise<VectorListPage>;
  /** The number of the user's vectors that the store counts outside of Postgres. It may lag by some seconds. */
  countOutside(userId: string, signal: AbortSignal): Promise<number>;
  query(userId: string, query: VectorQuery, signal: AbortSignal): Promise<readonly VectorHit[]>;
}

export interface VectorRecord {
  readonly textHash: string;
  readonly vector: Float32Array;
}

export interface LabeledText {
  readonly textHash: string;
  readonly labels: readonly string[];
}

export interface VectorListPage {
  readonly textHashes: readonly string[];
  /** Null after the last page. */
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
