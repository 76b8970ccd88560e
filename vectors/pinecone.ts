import { createHash } from 'node:crypto';
import type { Index } from '@pinecone-database/pinecone';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import { asUser } from '../db/as-user.ts';
import type { Database } from '../db/database.ts';
import { findLiveChunks } from '../db/live-chunks.ts';
import { confirmStored, findLabels, findUnconfirmed, recordLabels, recordStored } from '../db/vector-records.ts';
import { SyncError } from '../domain/errors.ts';
import type { VectorSpace } from '../domain/vectors.ts';
import { createClient, isMissing, type PineconeSettings, refusedWith, toSyncError } from './pinecone-client.ts';
import { prepareHost } from './pinecone-host.ts';
import { toPineconeFilter } from './pinecone-filter.ts';
import type { VectorHit, VectorIndex, VectorQuery, VectorRecord } from './vector-index.ts';

/** The vendor's: 1,000 records or 2 MB a request, whichever is first; some room is left for the rest of the body. */
const mostRecords = 1000;
const mostBytes = 1_900_000;
const idsPerDelete = 1000;
/** A fetch names its ids in the address. */
const idsPerFetch = 100;
/** The vendor's most for a query. */
const mostMatches = 10_000;
/** Matches for each hit that is asked for: a text may stand in deleted and stale versions, or outside of the filter. */
const matchesPerHit = 3;
const parallelUpdates = 10;
/** Seconds are usual until a write can be read. */
const notReadableMs = 1000;

/** An index of Pinecone's with a namespace for each user and model. Ids are the texts' hashes; no text goes there. */
export function createPineconeIndex(
  db: Kysely<Database>,
  settings: PineconeSettings,
  space: VectorSpace,
): VectorIndex & { prepare(signal: AbortSignal): Promise<void> } {
  let host: string | null = null;
  const indexName = space.store.replace('pinecone/', '');

  /** One call to the namespace of a user. @param onHeaders the answer's */
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
      // The index may have been deleted and made anew, at another address.
      if (refusedWith(error) === 404) host = null;
      throw toSyncError(error);
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
        throw toSyncError(error);
      });
    },
    upsert: async (userId, records, signal) => {
      const labels = await asUser(
        db,
        userId,
        async (trx) =>
          await findLabels(
            trx,
            records.map((r) => r.textHash),
          ),
      );
      for (const batch of packUpserts(records, labels)) {
        let sequence = 0;
        await call(
          userId,
          signal,
          async (index) => await index.upsert({ records: batch }),
          (headers) => {
            sequence = sequenceOf(headers, 'x-pinecone-request-lsn') ?? 0;
          },
        );
        const stored = batch.map(({ id, metadata }) => ({ textHash: id, labels: metadata.labels }));
        await asUser(db, userId, async (trx) => await recordStored(trx, userId, space, stored, sequence));
      }
    },
    confirm: async (userId, textHashes, signal) => {
      const waiting = await asUser(db, userId, async (trx) => await findUnconfirmed(trx, space, textHashes));
      if (waiting.length === 0) return;
      const readable = await findReadable(waiting, async (ids) => {
        let indexed: number | null = null;
        const found = await fetchValues(userId, ids, signal, (headers) => {
          indexed = sequenceOf(headers, 'x-pinecone-max-indexed-lsn');
        });
        return { found: found.map(({ id }) => id), indexed };
      });
      await asUser(db, userId, async (trx) => await confirmStored(trx, space, readable));
      if (readable.length < waiting.length) throw notReadable(waiting.length - readable.length);
    },
    delete: async (userId, textHashes, signal) => {
      for (const ids of slices(textHashes, idsPerDelete)) {
        await call(userId, signal, async (index) => await index.deleteMany({ ids })).catch(ignoreMissing);
      }
    },
    relabel: async (userId, vectors, signal) => {
      const limit = pLimit(parallelUpdates);
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
      if (left > 0) throw notReadable(left);
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

/** Never the user's id itself: it may be a name or a mail address. */
export function namespaceOf(userId: string, { model }: VectorSpace): string {
  return `u-${createHash('sha256')
    .update(JSON.stringify([userId, model]))
    .digest('hex')
    .slice(0, 40)}`;
}

interface PineconeVector {
  readonly id: string;
  readonly values: number[];
  readonly metadata: { readonly labels: string[] };
}

/** As many records as a request may carry, by their own bytes: the same count may be a tenth or ten times as long. */
function* packUpserts(
  records: readonly VectorRecord[],
  labels: ReadonlyMap<string, string[]>,
): Generator<PineconeVector[]> {
  let batch: PineconeVector[] = [];
  let bytes = 0;
  for (const { textHash, vector } of records) {
    // Nine digits are all a 32-bit number has; JavaScript would write seventeen.
    const values = Array.from(vector, (value) => Number(value.toPrecision(9)));
    const record = { id: textHash, values, metadata: { labels: labels.get(textHash) ?? [] } };
    const length = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (batch.length > 0 && (batch.length >= mostRecords || bytes + length > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Which of these writes can be read: by the number up to which the store has come, told with any answer; where it tells
 * none, by reading each.
 */
async function findReadable(
  waiting: readonly { readonly textHash: string; readonly sequence: number }[],
  fetch: (ids: readonly string[]) => Promise<{ readonly found: string[]; readonly indexed: number | null }>,
): Promise<string[]> {
  const [first] = waiting.slice(-1);
  const { indexed } = await fetch(first === undefined ? [] : [first.textHash]);
  const byNumber = waiting.filter(({ sequence }) => indexed !== null && sequence > 0);
  const readable = byNumber.filter(({ sequence }) => sequence <= (indexed ?? 0)).map((write) => write.textHash);
  const byReading = waiting.filter((write) => !byNumber.includes(write)).map((write) => write.textHash);
  for (const ids of slices(byReading, idsPerFetch)) readable.push(...(await fetch(ids)).found);
  return readable;
}

/** Asks for more and more matches until enough of them are live and pass the filter, or there are no more. */
async function findHits(
  { topK }: VectorQuery,
  ask: (matches: number) => Promise<{ readonly hits: VectorHit[]; readonly isAll: boolean }>,
): Promise<VectorHit[]> {
  for (let matches = topK * matchesPerHit; ; matches *= 4) {
    const { hits, isAll } = await ask(Math.min(matches, mostMatches));
    if (hits.length >= topK || isAll || matches >= mostMatches) return hits;
  }
}

function sequenceOf(headers: Headers, name: string): number | null {
  const value = Number(headers.get(name) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

function notReadable(count: number): SyncError {
  return new SyncError('unavailable', {
    code: 'vectors_not_readable',
    message: `Pinecone has taken what was written and does not show it yet (${count} vectors).`,
    retryAfterMs: notReadableMs,
  });
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function slices<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
