import { createHash } from 'node:crypto';
import type { Index } from '@pinecone-database/pinecone';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findLiveChunks } from '../../db/documents/live-chunks.ts';
import {
  confirmStored,
  findLabels,
  findUnconfirmed,
  recordLabels,
  recordStored,
} from '../../db/vectors/vector-records.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError } from '../../domain/errors.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { findParked, savePendingUpserts } from './parked-vectors.ts';
import { createClient, isMissing, type PineconeSettings, refusedWith, pineconeError } from './pinecone-client.ts';
import { idsPerFetch, packUpserts, type PineconeVector, slices } from './pinecone-batches.ts';
import { prepareHost } from './pinecone-host.ts';
import { findVisible, sequenceOf } from './pinecone-readable.ts';
import { toPineconeFilter } from './pinecone-filter.ts';
import type { VectorHit, VectorIndex, VectorQuery, VectorRecord } from './vector-index.ts';

const idsPerDelete = 1000;
/** The vendor's maximum for a query. */
const maxMatches = 10_000;
/** Matches per requested hit: a text may be in deleted and stale versions, or outside of the filter. */
const matchesPerHit = 3;
const updateConcurrency = 10;
/** A write usually becomes visible within seconds; checking again is cheap. */
const visibleMs = 1000;

/** A Pinecone index with a namespace per user and model. Ids are the texts' hashes; no text is sent there. */
export function createPineconeIndex(
  db: Kysely<Database>,
  settings: PineconeSettings,
  space: VectorSpace,
): VectorIndex & { prepare(signal: AbortSignal): Promise<void> } {
  let host: string | null = null;
  const indexName = space.store.replace('pinecone/', '');

  /** Makes one call to a user's namespace. @param onHeaders receives the headers of the answer */
  async function call<T>(
    userId: string,
    signal: AbortSignal,
    ask: (namespace: Index) => Promise<T>,
    onHeaders?: (headers: Headers) => void,
  ): Promise<T> {
    try {
      host ??= await prepareHost(settings, indexName, space.dimensions, { signal });
      const client = createClient(settings, { signal, ...(onHeaders ? { onHeaders } : {}) });
      return await ask(client.index({ host, namespace: namespaceOf(userId, space) }));
    } catch (error) {
      signal.throwIfAborted();
      // The index may have been deleted and recreated at another address.
      if (refusedWith(error) === 404) host = null;
      throw pineconeError(error);
    }
  }

  async function fetchValues(
    userId: string,
    ids: readonly string[],
    signal: AbortSignal,
    onHeaders?: (headers: Headers) => void,
  ) {
    const { records } = await call(userId, signal, async (index) => await index.fetch({ ids: [...ids] }), onHeaders);
    return Object.values(records);
  }

  return {
    space,
    prepare: async (signal) => {
      host = await prepareHost(settings, indexName, space.dimensions, { signal }).catch((error: unknown) => {
        throw pineconeError(error);
      });
    },
    upsert,
    resume: async (userId, textHashes, signal) => {
      const parked = await asUser(db, userId, async (trx) => await findParked(trx, space, textHashes));
      if (parked.length > 0) await upsert(userId, parked, signal);
      return parked.map((record) => record.textHash);
    },
    confirm: async (userId, textHashes, signal) => {
      const waiting = await asUser(db, userId, async (trx) => await findUnconfirmed(trx, space, textHashes));
      if (waiting.length === 0) return;
      const readable = await findVisible(waiting, async (ids) => {
        let indexed: number | null = null;
        const found = await fetchValues(userId, ids, signal, (headers) => {
          indexed = sequenceOf(headers, 'x-pinecone-max-indexed-lsn');
        });
        return { found: found.map(({ id }) => id), indexed };
      });
      await asUser(db, userId, async (trx) => await confirmStored(trx, space, readable));
      if (readable.length < waiting.length) {
        const count = waiting.length - readable.length;
        throw notYet('vectors_not_readable', `Pinecone does not return ${count} stored vectors yet.`);
      }
    },
    delete: async (userId, textHashes, signal) => {
      for (const ids of slices(textHashes, idsPerDelete)) {
        await call(userId, signal, async (index) => await index.deleteMany({ ids })).catch(ignoreMissing);
      }
    },
    relabel: async (userId, vectors, signal) => {
      const limit = pLimit(updateConcurrency);
      await Promise.all(
        vectors.map(
          async ({ textHash, labels }) =>
            await limit(
              async () =>
                await call(
                  userId,
                  signal,
                  async (index) => await index.update({ id: textHash, metadata: { labels: [...labels] } }),
                ),
            ),
        ),
      );
      await asUser(db, userId, async (trx) => await recordLabels(trx, space, vectors));
    },
    deleteAll: async (userId, signal) => {
      const namespace = namespaceOf(userId, space);
      await call(userId, signal, async (index) => await index.deleteNamespace(namespace)).catch(ignoreMissing);
      const left = await countRecords(userId, signal);
      if (left > 0) throw notYet('vectors_still_there', `Pinecone still returns ${left} deleted vectors.`);
    },
    read: async (userId, textHashes, signal) => {
      const records: VectorRecord[] = [];
      for (const ids of slices(textHashes, idsPerFetch)) {
        const found = await fetchValues(userId, ids, signal);
        records.push(...found.map(({ id, values }) => ({ textHash: id, vector: Float32Array.from(values ?? []) })));
      }
      return records;
    },
    list: async (userId, cursor, signal) => {
      const { vectors, pagination } = await call(
        userId,
        signal,
        async (index) => await index.listPaginated(cursor === null ? {} : { paginationToken: cursor }),
      );
      return { textHashes: (vectors ?? []).flatMap(({ id }) => id ?? []), next: pagination?.next ?? null };
    },
    countOutside: countRecords,
    query: async (userId, query, signal) =>
      await findHits(query, async (topK) => {
        const filter = toPineconeFilter(query.filter);
        const { matches } = await call(
          userId,
          signal,
          async (index) =>
            await index.query({ vector: [...query.vector], topK, ...(filter === null ? {} : { filter }) }),
        );
        const texts = matches.map(({ id, score }) => ({ textHash: id, score: score ?? 0 }));
        const hits = await asUser(
          db,
          userId,
          async (trx) => await findLiveChunks(trx, userId, texts, query.filter, query.topK),
        );
        return { hits, isAll: matches.length < topK };
      }),
  };

  async function upsert(userId: string, records: readonly VectorRecord[], signal: AbortSignal): Promise<void> {
    const textHashes = records.map((record) => record.textHash);
    const labels = await asUser(db, userId, async (trx) => await findLabels(trx, textHashes));
    const left = new Map(records.map((record) => [record.textHash, record]));
    try {
      for (const batch of packUpserts(records, labels)) {
        await write(userId, batch, signal);
        for (const { id } of batch) left.delete(id);
      }
    } catch (error) {
      await asUser(db, userId, async (trx) => await savePendingUpserts(trx, space, [...left.values()]));
      throw error;
    }
  }

  async function write(userId: string, batch: readonly PineconeVector[], signal: AbortSignal): Promise<void> {
    let sequence = 0;
    await call(
      userId,
      signal,
      async (index) => await index.upsert({ records: [...batch] }),
      (headers) => {
        sequence = sequenceOf(headers, 'x-pinecone-request-lsn') ?? 0;
      },
    );
    const stored = batch.map(({ id, metadata }) => ({ textHash: id, labels: metadata.labels }));
    await asUser(db, userId, async (trx) => await recordStored(trx, userId, space, stored, sequence));
  }

  async function countRecords(userId: string, signal: AbortSignal): Promise<number> {
    const namespace = namespaceOf(userId, space);
    try {
      const found = await call(userId, signal, async (index) => await index.describeNamespace(namespace));
      return Number(found.recordCount ?? 0);
    } catch (error) {
      if (isMissing(error)) return 0;
      throw error;
    }
  }
}

/** The user's id is never used itself, because it may be a name or an email address. */
export function namespaceOf(userId: string, { model }: VectorSpace): string {
  return `u-${createHash('sha256')
    .update(JSON.stringify([userId, model]))
    .digest('hex')
    .slice(0, 40)}`;
}

/** Requests more and more matches until enough of them are live and pass the filter, or there are no more. */
async function findHits(
  { topK }: VectorQuery,
  ask: (matches: number) => Promise<{ readonly hits: VectorHit[]; readonly isAll: boolean }>,
): Promise<VectorHit[]> {
  for (let matches = topK * matchesPerHit; ; matches *= 4) {
    const { hits, isAll } = await ask(Math.min(matches, maxMatches));
    if (hits.length >= topK || isAll || matches >= maxMatches) return hits;
  }
}

function notYet(code: ErrorCode, message: string): SyncError {
  return new SyncError('unavailable', { code, message, retryAfterMs: visibleMs });
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
