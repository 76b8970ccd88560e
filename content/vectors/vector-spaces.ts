import type { Kysely } from 'kysely';
import type { Database } from '../../db/access/database.ts';
import { SyncError } from '../../domain/errors.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { createPgvectorIndex } from './pgvector.ts';
import { createPineconeIndex } from './pinecone.ts';
import type { PineconeSettings } from './pinecone-client.ts';
import type { VectorIndex } from './vector-index.ts';

/** The stores that this process can access. */
export interface VectorSpaces {
  /** The configured space: it gets a user's first vector, and is the target of a move. */
  readonly configured: VectorSpace;
  /** @throws SyncError `invalid_input` for a store that is not configured */
  indexOf(space: VectorSpace): VectorIndex;
  /**
   * Creates or checks the configured store.
   * @throws SyncError `invalid_input` if it cannot be used; any other error may be temporary
   */
  prepare(signal: AbortSignal): Promise<void>;
}

/** @param pinecone null without a key; also needed while vectors are moved away from there */
export function createVectorSpaces(
  db: Kysely<Database>,
  configured: VectorSpace,
  pinecone: PineconeSettings | null,
): VectorSpaces {
  const indexes = new Map<string, VectorIndex>();
  const pineconeOf = (space: VectorSpace) => {
    if (pinecone !== null) return createPineconeIndex(db, pinecone, space);
    throw new SyncError('invalid_input', {
      code: 'vector_store_not_configured',
      message: `These vectors are stored in ${space.store}. Set PINECONE_API_KEY, at least until the vectors have been moved ("headwater vectors move").`,
    });
  };
  return {
    configured,
    indexOf: (space) => {
      const key = JSON.stringify([space.store, space.model, space.dimensions]);
      const index =
        indexes.get(key) ?? (space.store === 'pgvector' ? createPgvectorIndex(db, space) : pineconeOf(space));
      indexes.set(key, index);
      return index;
    },
    prepare: async (signal) => {
      if (configured.store !== 'pgvector') await pineconeOf(configured).prepare(signal);
    },
  };
}
