import type { DocumentFilter } from '../domain/documents.ts';

/**
 * Where vectors are kept and searched. A vector belongs to one user, one model and one text (by hash), so a text that
 * stands in two documents has one vector, and writing it again writes the same.
 */
export interface VectorRecord {
  readonly textHash: string;
  readonly vector: Float32Array;
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

export interface VectorIndex {
  /** Idempotent by (user, text hash). */
  upsert(userId: string, records: readonly VectorRecord[]): Promise<void>;
  /** Drops the vectors of these texts, save those a chunk still uses. Idempotent. */
  deleteUnused(userId: string, textHashes: readonly string[]): Promise<void>;
  /** Everything of one user. Idempotent. */
  deleteAll(userId: string): Promise<void>;
  query(userId: string, query: VectorQuery): Promise<readonly VectorHit[]>;
}
