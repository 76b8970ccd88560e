/** Calls to the namespaces of a Pinecone index, which hold the vectors of one user and model each. */

import { createHash } from 'node:crypto';
import type { Index } from '@pinecone-database/pinecone';
import type { z } from 'zod';
import { isUsableVector, type VectorSpace } from '../../domain/vectors.ts';
import { counted, done, fetched, listed, matched, readAnswer, unreadableAnswer, upserted } from './pinecone-answers.ts';
import type { PineconeVector } from './pinecone-batches.ts';
import {
  createClient,
  isMissing,
  type PineconeSettings,
  pineconeError,
  type RawAnswer,
  refusedWith,
} from './pinecone-client.ts';
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

  /** Makes one call to a user's namespace. */
  async function call<T>(
    userId: string,
    signal: AbortSignal,
    schema: z.ZodType<T>,
    ask: (namespace: Index) => Promise<unknown>,
  ): Promise<Answer<T>> {
    try {
      host ??= await prepare(signal);
      let raw: RawAnswer | undefined;
      const onAnswer = (answer: RawAnswer): void => void (raw = answer);
      const client = await createClient(settings, { signal, onAnswer });
      await ask(client.index({ host, namespace: namespaceOf(userId, space) }));
      return { body: readAnswer(schema, raw?.body), headers: raw?.headers ?? new Headers() };
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
      createNamespace((schema, ask) => call(userId, signal, schema, ask), {
        name: namespaceOf(userId, space),
        dimensions: space.dimensions,
      }),
  };
}

interface Answer<T> {
  readonly body: T;
  readonly headers: Headers;
}

/** @throws SyncError `unavailable` if the answer does not match the schema */
type Call = <T>(schema: z.ZodType<T>, ask: (namespace: Index) => Promise<unknown>) => Promise<Answer<T>>;

function createNamespace(
  call: Call,
  { name, dimensions }: { readonly name: string; readonly dimensions: number },
): PineconeNamespace {
  return {
    upsert: async (batch) => {
      const { body, headers } = await call(upserted, (index) => index.upsert({ records: [...batch] }));
      if (body.upsertedCount !== batch.length) throw unreadableAnswer();
      return sequenceOf(headers, 'x-pinecone-request-lsn') ?? 0;
    },
    fetch: async (ids) => {
      const { body, headers } = await call(fetched, (index) => index.fetch({ ids: [...ids] }));
      const asked = new Set(ids);
      const records = Object.entries(body.vectors);
      // A vector under another id would become the vector of another text.
      if (records.some(([key, { id }]) => key !== id || !asked.has(id))) throw unreadableAnswer();
      return {
        records: records.map(([textHash, { values }]) => ({ textHash, vector: usable(values, dimensions) })),
        indexed: sequenceOf(headers, 'x-pinecone-max-indexed-lsn'),
      };
    },
    delete: async (ids) => {
      await call(done, (index) => index.deleteMany({ ids: [...ids] })).catch(ignoreMissing);
    },
    relabel: async (id, labels) => {
      await call(done, (index) => index.update({ id, metadata: { labels: [...labels] } }));
    },
    deleteAll: async () => {
      await call(done, (index) => index.deleteNamespace(name)).catch(ignoreMissing);
    },
    count: async () => {
      const found = await call(counted, (index) => index.describeNamespace(name)).catch(ignoreMissing);
      return found?.body.record_count ?? 0;
    },
    list: async (cursor) => {
      const from = cursor === null ? {} : { paginationToken: cursor };
      const { vectors, pagination } = (await call(listed, (index) => index.listPaginated(from))).body;
      const next = pagination?.next ?? '';
      // The same position again would be listed for ever.
      if (next !== '' && next === cursor) throw unreadableAnswer();
      return { textHashes: vectors.map(({ id }) => id), next: next === '' ? null : next };
    },
    query: async (vector, topK, filter) => {
      const narrowed = filter === null ? {} : { filter };
      const { body } = await call(matched, (index) => index.query({ vector: [...vector], topK, ...narrowed }));
      return body.matches.map(({ id, score }) => ({ textHash: id, score }));
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

/** @throws SyncError `unavailable` for numbers that no stored vector can have */
function usable(values: readonly number[], dimensions: number): Float32Array {
  const vector = Float32Array.from(values);
  if (vector.length === dimensions && isUsableVector(vector)) return vector;
  throw unreadableAnswer();
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
