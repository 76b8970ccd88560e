import type { ColumnType } from 'kysely';
import type { VectorStore } from '../../domain/vectors.ts';
import type { BigInteger, GeneratedTime, Time } from './columns.ts';

/** One vector of one text in one store: Postgres is the truth about which there are. Not stored yet: a claim. */
export interface EmbeddingsTable {
  userId: string;
  store: VectorStore;
  model: string;
  dimensions: number;
  textHash: string;
  /** pgvector's text form. Where the store is outside of Postgres: null, or what it has still to take. */
  vector: ColumnType<string | null, string | null, string | null>;
  /** When the store took it; null: claimed, being embedded. */
  storedAt: Time | null;
  /** Until it has been read back: the store's sequence number of the write, or 0. */
  unconfirmedSince: BigInteger | null;
  /** What filters find it by in a store outside; null in Postgres, where filters are joins. */
  labels: string[] | null;
  /** About how many tokens of the text were embedded, where the model does not take all of it. */
  cutTokens: number | null;
  claimedBy: string | null;
  claimedUntil: Time | null;
  createdAt: GeneratedTime;
}

/** Texts that the vector stores have still to follow: the vector of an unused one goes, a used one's labels are renewed. */
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
