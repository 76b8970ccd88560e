import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findLiveChunks } from '../../db/documents/live-chunks.ts';
import {
  confirmStored,
  findLabels,
  findUnconfirmedVectors,
  recordLabels,
  recordStored,
} from '../../db/vectors/vector-records.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError } from '../../domain/errors.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { findPendingUpserts, savePendingUpserts } from './pending-upserts.ts';
import { idsPerFetch, packUpserts, slices } from './pinecone-batches.ts';
import type { PineconeSettings } from './pinecone-client.ts';
import { toPineconeFilter } from './pinecone-filter.ts';
import { createNamespaces, type PineconeNamespace } from './pinecone-namespaces.ts';
import { findVisible } from './pinecone-readable.ts';
import type { LabeledText, VectorHit, VectorIndex, VectorQuery, VectorRecord } from './vector-index.ts';

const idsPerDelete = 1000;
/** The vendor's maximum for a query. */
const maxMatches = 10_000;
/** Matches per requested hit: a text may be in deleted and stale versions, or outside of the filter. */
const matchesPerHit = 3;
const updateConcurrency = 10;
/** A write usually becomes visible within seconds; checking again is cheap. */
const visibleMs = 1000;

/** One user's vectors: what the store holds, and the rows that record it. */
interface UserVectors {
  readonly userId: string;
  readonly space: VectorSpace;
  readonly namespace: PineconeNamespace;
  readonly transact: <T>(work: (trx: UserTransaction) => Promise<T>) => Promise<T>;
}

/** A Pinecone index with a namespace per user and model. Ids are the texts' hashes; no text is sent there. */
export function createPineconeIndex(
  db: Kysely<Database>,
  settings: PineconeSettings,
  space: VectorSpace,
): VectorIndex & { prepare(signal: AbortSignal): Promise<void> } {
  const namespaces = createNamespaces(settings, space);
  const of = (userId: string, signal: AbortSignal): UserVectors => ({
    userId,
    space,
    namespace: namespaces.of(userId, signal),
    transact: (work) => asUser(db, userId, work),
  });
  return {
    space,
    prepare: async (signal) => {
      await namespaces.prepare(signal);
    },
    upsert: (userId, records, signal) => upsert(of(userId, signal), records),
    resume: (userId, textHashes, signal) => resume(of(userId, signal), textHashes),
    confirm: (userId, textHashes, signal) => confirm(of(userId, signal), textHashes),
    delete: async (userId, textHashes, signal) => {
      for (const ids of slices(textHashes, idsPerDelete)) await namespaces.of(userId, signal).delete(ids);
    },
    relabel: (userId, vectors, signal) => relabel(of(userId, signal), vectors),
    deleteAll: (userId, signal) => deleteAll(namespaces.of(userId, signal)),
    read: async (userId, textHashes, signal) => {
      const records: VectorRecord[] = [];
      for (const ids of slices(textHashes, idsPerFetch))
        records.push(...(await namespaces.of(userId, signal).fetch(ids)).records);
      return records;
    },
    list: (userId, cursor, signal) => namespaces.of(userId, signal).list(cursor),
    countOutside: (userId, signal) => namespaces.of(userId, signal).count(),
    query: (userId, query, signal) => findHits(of(userId, signal), query),
  };
}

/** Writes batch after batch. If the store fails, the vectors that are left are kept, because they were paid for. */
async function upsert(user: UserVectors, records: readonly VectorRecord[]): Promise<void> {
  const { userId, space, namespace, transact } = user;
  const labels = await transact((trx) =>
    findLabels(
      trx,
      records.map((record) => record.textHash),
    ),
  );
  const left = new Map(records.map((record) => [record.textHash, record]));
  try {
    for (const batch of packUpserts(records, labels)) {
      const sequence = await namespace.upsert(batch);
      const stored = batch.map(({ id, metadata }) => ({ textHash: id, labels: metadata.labels }));
      await transact((trx) => recordStored(trx, userId, space, stored, sequence));
      for (const { id } of batch) left.delete(id);
    }
  } catch (error) {
    await transact((trx) => savePendingUpserts(trx, space, [...left.values()]));
    throw error;
  }
}

async function resume(user: UserVectors, textHashes: readonly string[]): Promise<string[]> {
  const pending = await user.transact((trx) => findPendingUpserts(trx, user.space, textHashes));
  if (pending.length > 0) await upsert(user, pending);
  return pending.map((record) => record.textHash);
}

async function confirm({ space, namespace, transact }: UserVectors, textHashes: readonly string[]): Promise<void> {
  const waiting = await transact((trx) => findUnconfirmedVectors(trx, space, textHashes));
  if (waiting.length === 0) return;
  const readable = await findVisible(waiting, async (ids) => {
    const { records, indexed } = await namespace.fetch(ids);
    return { found: records.map(({ textHash }) => textHash), indexed };
  });
  await transact((trx) => confirmStored(trx, space, readable));
  if (readable.length === waiting.length) return;
  const count = waiting.length - readable.length;
  throw notYet('vectors_not_readable', `Pinecone does not return ${count} stored vectors yet.`);
}

async function relabel({ space, namespace, transact }: UserVectors, vectors: readonly LabeledText[]): Promise<void> {
  const limit = pLimit(updateConcurrency);
  await Promise.all(vectors.map(({ textHash, labels }) => limit(() => namespace.relabel(textHash, labels))));
  await transact((trx) => recordLabels(trx, space, vectors));
}

async function deleteAll(namespace: PineconeNamespace): Promise<void> {
  await namespace.deleteAll();
  const left = await namespace.count();
  if (left > 0) throw notYet('vectors_still_there', `Pinecone still returns ${left} deleted vectors.`);
}

/** Requests more and more matches until enough of them are live and pass the filter, or there are no more. */
async function findHits({ userId, namespace, transact }: UserVectors, query: VectorQuery): Promise<VectorHit[]> {
  const filter = toPineconeFilter(query.filter);
  for (let matches = query.topK * matchesPerHit; ; matches *= 4) {
    const topK = Math.min(matches, maxMatches);
    const texts = await namespace.query(query.vector, topK, filter);
    const hits = await transact((trx) => findLiveChunks(trx, userId, texts, query.filter, query.topK));
    if (hits.length >= query.topK || texts.length < topK || matches >= maxMatches) return hits;
  }
}

function notYet(code: ErrorCode, message: string): SyncError {
  return new SyncError('unavailable', { code, message, retryAfterMs: visibleMs });
}
