/** Figures by source and day. They are written when a job ends, and read without further computation. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

/**
 * Adds a job that has just ended to its day, with the levels that it leaves. Only the transaction that ends the job may call it,
 * so that no job is added twice. A plan did nothing and is not added.
 */
export async function recordJobDay(trx: UserTransaction, jobId: string): Promise<void> {
  await sql`
    insert into source_days as d (data_source_id, day, user_id, jobs_completed, jobs_failed, jobs_cancelled, job_seconds,
      longest_job_seconds, items_created, items_updated, items_unchanged, items_removed, items_skipped, items_failed,
      bytes_processed, tokens_embedded, items, documents, chunks, tokens)
    select j.data_source_id, ${dayOf}, j.user_id, (j.status = 'completed')::int, (j.status = 'failed')::int,
      (j.status = 'cancelled')::int, ${seconds}, ${seconds}, j.items_created, j.items_updated, j.items_unchanged,
      j.items_removed, j.items_skipped, j.items_failed, j.bytes_processed, ${tokensEmbedded}, s.total_items_synced,
      level.documents, level.chunks, level.tokens
    from sync_jobs j join data_sources s on s.id = j.data_source_id, lateral (${levelsAfter}) level
    where j.id = ${jobId} and not j.dry_run
    on conflict (data_source_id, day) do update set
      jobs_completed = d.jobs_completed + excluded.jobs_completed,
      jobs_failed = d.jobs_failed + excluded.jobs_failed,
      jobs_cancelled = d.jobs_cancelled + excluded.jobs_cancelled,
      job_seconds = d.job_seconds + excluded.job_seconds,
      longest_job_seconds = greatest(d.longest_job_seconds, excluded.longest_job_seconds),
      items_created = d.items_created + excluded.items_created,
      items_updated = d.items_updated + excluded.items_updated,
      items_unchanged = d.items_unchanged + excluded.items_unchanged,
      items_removed = d.items_removed + excluded.items_removed,
      items_skipped = d.items_skipped + excluded.items_skipped,
      items_failed = d.items_failed + excluded.items_failed,
      bytes_processed = d.bytes_processed + excluded.bytes_processed,
      tokens_embedded = d.tokens_embedded + excluded.tokens_embedded,
      items = excluded.items, documents = excluded.documents, chunks = excluded.chunks, tokens = excluded.tokens`.execute(
    trx,
  );
  await sql`
    insert into source_day_errors as d (data_source_id, day, code, user_id, items)
    select j.data_source_id, ${dayOf}, i.error_code, j.user_id, count(*)
    from sync_jobs j join job_items i on i.job_id = j.id
    where j.id = ${jobId} and not j.dry_run and i.outcome = 'failed' and i.error_code is not null
    group by 1, 2, 3, 4
    on conflict (data_source_id, day, code) do update set items = d.items + excluded.items`.execute(trx);
}

/** Documents are counted only after a job that changed some; after any other they are as many as before. */
const levelsAfter = sql`
  with before as (
    select documents, chunks, tokens from source_days p where p.data_source_id = j.data_source_id
      and j.items_created + j.items_updated + j.items_removed = 0
    order by day desc limit 1)
  select documents, chunks, tokens from before
  union all
  select count(*), coalesce(sum(x.chunk_count), 0), coalesce(sum(x.tokens), 0) from documents x
  where x.data_source_id = j.data_source_id and x.live_generation is not null and not exists (select from before)
  having not exists (select from before)`;
const dayOf = sql`(j.completed_at at time zone 'utc')::date`;
const seconds = sql`coalesce(extract(epoch from j.completed_at - j.started_at), 0)::float8`;

/**
 * Counts the tokens that the job had embedded: texts of its documents whose vectors are not older than the job. They are
 * looked up from the job's items on, each by a whole key. Joined in another order, a job of 20 items read all of the
 * user's documents, chunks and vectors.
 */
const tokensEmbedded = sql`(
  select coalesce(sum(e.tokens), 0)::bigint from (
    select distinct on (c.text_hash) c.tokens
    from (select i.data_source_id, i.external_id from job_items i
        where i.job_id = j.id and i.outcome in ('created', 'updated') offset 0) i
      cross join lateral (select x.id, x.live_generation from documents x
        where x.data_source_id = i.data_source_id and x.external_id = i.external_id offset 0) x
      cross join lateral (select c.text_hash, c.tokens from document_chunks c
        where c.document_id = x.id and c.generation = x.live_generation offset 0) c
      cross join (select store, model, dimensions from vector_spaces where state = 'live' offset 0) s
      cross join lateral (select v.created_at from embeddings v
        where v.store = s.store and v.model = s.model and v.dimensions = s.dimensions and v.text_hash = c.text_hash
        offset 0) v
    where v.created_at >= j.started_at
  ) e)`;

const day = sql<string>`to_char(day, 'YYYY-MM-DD')`.as('day');

export type SourceDay = Awaited<ReturnType<typeof listSourceDays>>[number];

/** @param from the first day, as YYYY-MM-DD @returns oldest first; days without a job have no row */
export async function listSourceDays(trx: UserTransaction, from: string) {
  return await trx
    .selectFrom('sourceDays')
    .selectAll()
    .select(day)
    .where('day', '>=', from)
    .orderBy('sourceDays.day')
    .orderBy('dataSourceId')
    .execute();
}

/** Levels before `from`, of sources that had no job since: what a plot begins with. */
export async function listLevelsBefore(trx: UserTransaction, from: string) {
  return await trx
    .selectFrom('sourceDays')
    .distinctOn('dataSourceId')
    .select(['dataSourceId', 'items', 'documents', 'chunks', 'tokens'])
    .where('day', '<', from)
    .orderBy('dataSourceId')
    .orderBy('day', 'desc')
    .execute();
}

/** Failed items by code and source, most first. */
export async function listErrorCodes(trx: UserTransaction, from: string) {
  return await trx
    .selectFrom('sourceDayErrors')
    .select((eb) => ['code', 'dataSourceId', eb.fn.sum<string>('items').as('items')])
    .where('day', '>=', from)
    .groupBy(['code', 'dataSourceId'])
    .orderBy('items', 'desc')
    .orderBy('code')
    .limit(200)
    .execute();
}

/** Tokens embedded, by month and source. @param from the first day of the first month */
export async function listTokensByMonth(trx: UserTransaction, from: string) {
  const { rows } = await sql<{ month: string; dataSourceId: string; tokens: string }>`
    select to_char(day, 'YYYY-MM') as month, data_source_id, sum(tokens_embedded) as tokens
    from source_days where day >= ${from}::date group by 1, 2 having sum(tokens_embedded) > 0 order by 1, 2`.execute(
    trx,
  );
  return rows;
}
