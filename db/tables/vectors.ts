import type { ColumnType } from 'kysely';
import type { VectorStore } from '../../domain/vectors.ts';
import type { BigInteger, GeneratedTime, Time } from './columns.ts';

/**
 * One vector of one text in one store. Postgres is the source of truth for which vectors exist. A row that is not
 * stored yet is a claim.
 */
export interface EmbeddingsTable {
  userId: string;
  store: VectorStore;
  model: string;
  dimensions: number;
  textHash: string;
  /**
   * pgvector's text form. For a store outside Postgres it is null, or the vector that still has to be written there.
   */
  vector: ColumnType<string | null, string | null, string | null>;
  /** When the store accepted it; null while it is claimed and being embedded. */
  storedAt: Time | null;
  /** The store's sequence number of the write, or 0, until the vector has been read back. */
  unconfirmedSince: BigInteger | null;
  /** The labels by which filters find it in an external store; null in Postgres, where filters are joins. */
  labels: string[] | null;
  /** Approximate number of tokens that were embedded, if the model does not accept the whole text. */
  cutTokens: number | null;
  claimedBy: string | null;
  claimedUntil: Time | null;
  createdAt: GeneratedTime;
}

/**
 * Texts that the vector stores still have to process: unused vectors are deleted, and the labels of others are updated.
 */
export interface VectorDeletionsTable {
  userId: string;
  textHash: string;
  createdAt: GeneratedTime;
}

/** Which store and model answer for a user. */
export interface VectorSpacesTable {
  userId: string;
  store: VectorStore;
  model: string;
  dimensions: number;
  /** At most one is live and at most one is being built. */
  state: 'live' | 'building' | 'dropping';
  createdAt: GeneratedTime;
}
