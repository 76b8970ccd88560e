/** Calls to the namespaces of a Pinecone index, which hold the vectors of one user and model each. */

import { createHash } from 'node:crypto';
import type { Index } from '@pinecone-database/pinecone';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { PineconeVector } from './pinecone-batches.ts';
import { createClient, isMissing, type PineconeSettings, pineconeError, refusedWith } from './pinecone-client.ts';
import { prepareHost } from './pinecone-host.ts';
import { sequenceOf } from './pinecone-readable.ts';
import type { VectorListPage, VectorRecord } from './vector-index.ts';

interface Match {
  readonly textHash: string;
  readonly score: number;
}

/** One user's namespace. Every call may fail with a SyncError; a namespace that does not exist is empty. */
export interface PineconeNamespace {
  /** @returns the sequence number of the write, by which a later read knows whether it is visible; 0 if unknown */
  upsert(batch: readonly PineconeVector[]): Promise<number>;
  /** @returns what can be read, and the sequence number up to which writes can; null if unknown */
  fetch(ids: readonly string[]): Promise<{ readonly records: VectorRecord[]; readonly indexed: number | null }>;
  delete(ids: readonly string[]): Promise<void>;
  relabel(id: string, labels: readonly string[]): Promise<void>;
  deleteAll(): Promise<void>;
  count(): Promise<number>;
  list(cursor: string | null): Promise<VectorListPage>;
  query(vector: Float32Array, topK: number, filter: object | null): Promise<Match[]>;
}

/** The namespaces of one index, whose host is looked up with the first call. */
export function createNamespaces(settings: PineconeSettings, space: VectorSpace) {
  let host: string | null = null;
  const indexName = space.store.replace('pinecone/', '');

  async function prepare(signal: AbortSignal): Promise<string> {
    host = await prepareHost(settings, indexName, space.dimensions, { signal }).catch((error: unknown) => {
      throw pineconeError(error);
    });
    return host;
  }

  /** Makes one call to a user's namespace. @param onHeaders receives the headers of the answer */
  async function call<T>(
    userId: string,
    signal: AbortSignal,
    ask: (namespace: Index) => Promise<T>,
    onHeaders?: (headers: Headers) => void,
  ): Promise<T> {
    try {
      host ??= await prepare(signal);
      const client = await createClient(settings, { signal, ...(onHeaders ? { onHeaders } : {}) });
      return await ask(client.index({ host, namespace: namespaceOf(userId, space) }));
    } catch (error) {
      signal.throwIfAborted();
      // The index may have been deleted and recreated at another address.
      if (refusedWith(error) === 404) host = null;
      throw pineconeError(error);
    }
  }

  return {
    prepare,
    of: (userId: string, signal: AbortSignal): PineconeNamespace =>
      createNamespace((ask, onHeaders) => call(userId, signal, ask, onHeaders), namespaceOf(userId, space)),
  };
}

type Call = <T>(ask: (namespace: Index) => Promise<T>, onHeaders?: (headers: Headers) => void) => Promise<T>;

function createNamespace(call: Call, name: string): PineconeNamespace {
  return {
    upsert: async (batch) => {
      let sequence = 0;
      await call(
        (index) => index.upsert({ records: [...batch] }),
        (headers) => {
          sequence = sequenceOf(headers, 'x-pinecone-request-lsn') ?? 0;
        },
      );
      return sequence;
    },
    fetch: async (ids) => {
      let indexed: number | null = null;
      const { records } = await call(
        (index) => index.fetch({ ids: [...ids] }),
        (headers) => {
          indexed = sequenceOf(headers, 'x-pinecone-max-indexed-lsn');
        },
      );
      const found = Object.values(records);
      return { records: found.map(({ id, values }) => toRecord(id, values)), indexed };
    },
    delete: async (ids) => {
      await call((index) => index.deleteMany({ ids: [...ids] })).catch(ignoreMissing);
    },
    relabel: async (id, labels) => {
      await call((index) => index.update({ id, metadata: { labels: [...labels] } }));
    },
    deleteAll: async () => {
      await call((index) => index.deleteNamespace(name)).catch(ignoreMissing);
    },
    count: async () => {
      const found = await call((index) => index.describeNamespace(name)).catch(ignoreMissing);
      return Number(found?.recordCount ?? 0);
    },
    list: async (cursor) => {
      const from = cursor === null ? {} : { paginationToken: cursor };
      const { vectors, pagination } = await call((index) => index.listPaginated(from));
      return { textHashes: (vectors ?? []).flatMap(({ id }) => id ?? []), next: pagination?.next ?? null };
    },
    query: async (vector, topK, filter) => {
      const narrowed = filter === null ? {} : { filter };
      const { matches } = await call((index) => index.query({ vector: [...vector], topK, ...narrowed }));
      return matches.map(({ id, score }) => ({ textHash: id, score: score ?? 0 }));
    },
  };
}

/** The user's id is never used itself, because it may be a name or an email address. */
export function namespaceOf(userId: string, { model }: VectorSpace): string {
  return `u-${createHash('sha256')
    .update(JSON.stringify([userId, model]))
    .digest('hex')
    .slice(0, 40)}`;
}

function toRecord(textHash: string, values: readonly number[] | undefined): VectorRecord {
  return { textHash, vector: Float32Array.from(values ?? []) };
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
