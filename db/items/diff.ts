/** Compares one page of the ledger with the known items, in set-based statements, and records what has to be done. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { butFor } from '../access/halves.ts';
import { applyRules } from '../documents/assignment-rules.ts';
import { deletedByOwner } from '../documents/deletion.ts';
import { problemOfRefused, recordProblems } from '../jobs/ledger.ts';
import { writeTitleWords, type WordsOf } from '../documents/title-words.ts';
import type { PageKey } from './listing.ts';
import { isUnderOtherName } from './renamed.ts';

export interface DiffInput extends PageKey {
  /** `manual` jobs fetch items again whether they changed or not. */
  readonly force: boolean;
  /** Its items are up to date with the source, but their transformations have changed. */
  readonly isStalePage: boolean;
  /** Hash of the transformations that apply to the source now. */
  readonly transformationsHash: string;
  readonly dryRun: boolean;
  /** Number of items that one download, transform or embed activity handles. */
  readonly batchSize: number;
  readonly wordsOf: WordsOf;
}

/**
 * Decides the action for every item on this page. Repeating it does not change earlier decisions.
 * @returns the number of batches to download
 */
export async function planPage(trx: UserTransaction, input: DiffInput): Promise<number> {
  return await butFor(trx, {
    all: () => decide(trx, input),
    items: () => findListed(trx, input),
    some: async (externalIds) => {
      await sql`
        delete from job_items where job_id = ${input.jobId} and page = ${input.page}
          and external_id <> all (${externalIds}::text[])`.execute(trx);
      await decide(trx, input);
    },
    without: async (refused) => {
      const problems = refused.map(({ item, sqlState }) => problemOfRefused(item, sqlState));
      await recordProblems(trx, input, problems);
      return await decide(trx, input);
    },
  });
}

async function findListed(trx: UserTransaction, { jobId, page }: DiffInput): Promise<string[]> {
  const rows = await trx
    .selectFrom('jobItems')
    .select('externalId')
    .where('jobId', '=', jobId)
    .where('page', '=', page)
    .orderBy('externalId')
    .execute();
  return rows.map((row) => row.externalId);
}

async function decide(trx: UserTransaction, input: DiffInput): Promise<number> {
  await classify(trx, input);
  if (!input.dryRun) await rememberListing(trx, input);
  await assignBatches(trx, input);
  return await countBatches(trx, input);
}

/**
 * A skipped item stays skipped until it changes, or until the transformations that caused the skip do. Its name and type
 * count, because they say as what it is read, and filters see them. An item whose document its owner deleted here stays
 * skipped until it is synced by hand.
 */
const staysSkipped = (transformationsHash: string) => sql`(s.sync_status = 'skipped'
  and ((s.external_hash = j.listed_hash and (s.name, s.mime_type) is not distinct from (j.name, j.mime_type)) or s.last_error_code = ${sql.lit(deletedByOwner)})
  and (s.transformations_hash = ${transformationsHash} or not starts_with(coalesce(s.last_error_code, ''), 'transformation_')))`;

/** The vendor's requested wait has not passed, and the item has not changed since. */
const isDeferred = sql`s.sync_status = 'failed' and s.deferred_until > now() and s.listed_hash = j.listed_hash`;

/**
 * A deletion of an item that was never known is dropped, and so is an unchanged item that an earlier page of this job
 * has already counted. Fingerprints of different kinds never have equal values, so only the values are compared: the kind
 * is stored when an item is listed, and a stopped job may not have fetched it since. A skipped item with an unchanged fingerprint stays skipped for the same reason.
 */
async function classify(trx: UserTransaction, input: DiffInput): Promise<void> {
  const skipped = staysSkipped(input.transformationsHash);
  const keepsReason = sql`j.error_code is null and not ${input.force || input.isStalePage} and (${skipped} or ${isDeferred})`;
  await sql`
    delete from job_items j
    where j.job_id = ${input.jobId} and j.page = ${input.page} and j.state = 'listed' and j.deleted
      and not exists (select from sync_items s
        where s.data_source_id = j.data_source_id and s.external_id = j.external_id offset 0)`.execute(trx);
  await sql`
    update job_items j set (state, document_id, action, error_code, error_message) = (
      select 'planned', coalesce(s.local_document_id, uuid_v7()),
        case
          when j.deleted then 'delete'
          when j.error_code is not null then 'skip'
          when s.external_id is null then 'create'
          when ${input.isStalePage} then 'reprocess'
          when ${input.force} then 'retry'
          when ${skipped} then 'skip'
          when s.sync_status = 'skipped' and s.external_hash = j.listed_hash then 'retry'
          when ${isDeferred} then 'defer'
          when s.sync_status in ('pending', 'failed') and s.external_hash is null then 'create'
          when s.sync_status in ('pending', 'failed') then 'retry'
          when s.external_hash is distinct from j.listed_hash then 'update'
          when ${isUnderOtherName(sql`j.name`)} then 'reprocess'
          when (s.name, s.parent_external_id, s.web_url, s.mime_type)
            is distinct from (j.name, j.parent_external_id, j.web_url, j.mime_type)
            or (j.external_path is not null and j.external_path <> s.external_path) then 'touch'
          else 'keep'
        end,
        case when ${keepsReason} then s.last_error_code else j.error_code end,
        case when ${keepsReason} then s.last_error_message else j.error_message end
      from (select) self
      left join sync_items s on s.data_source_id = j.data_source_id and s.external_id = j.external_id)
    where j.job_id = ${input.jobId} and j.page = ${input.page} and j.state = 'listed'`.execute(trx);
  await sql`
    delete from job_items j using sync_items s
    where j.job_id = ${input.jobId} and j.page = ${input.page} and j.state = 'planned' and j.action = 'keep'
      and s.data_source_id = j.data_source_id and s.external_id = j.external_id
      and s.last_seen_job_id = j.job_id and ${isPlanned(input, 'keep')}`.execute(trx);
}

/** Whether the page holds items that the job took from the list of known ones: the source did not show them. */
const isOwnPageOf = ({ jobId, page }: DiffInput) => sql<boolean>`exists (
  select from job_pages where job_id = ${jobId} and page = ${page} and kind in ('retry', 'stale'))`;

/**
 * A condition on `s` (sync_items) that is added to a join with the page's items: without it, the planner may read all
 * items of a source that it takes for small, and the page for each.
 */
const isPlanned = ({ jobId, page }: DiffInput, action: 'keep' | 'skip') => sql`s.external_id = any(array(
  select external_id from job_items
  where job_id = ${jobId} and page = ${page} and state = 'planned' and action = ${sql.lit(action)}))`;

/** Stores the items' facts for the next job, the sweep and the user. What was *synced* is recorded last, elsewhere. */
async function rememberListing(trx: UserTransaction, input: DiffInput): Promise<void> {
  // The time alone may differ: the same content was saved again. Retention counts from it.
  await sql`
    update sync_items s set last_seen_job_id = j.job_id, external_modified_at = j.external_modified_at
    from job_items j
    where j.job_id = ${input.jobId} and j.page = ${input.page} and j.action = 'keep' and j.state = 'planned'
      and s.data_source_id = j.data_source_id and s.external_id = j.external_id
      and ${isPlanned(input, 'keep')}`.execute(trx);
  await sql`
    with recursive touched as (
      select * from job_items
      where job_id = ${input.jobId} and page = ${input.page} and state = 'planned'
        and (action in ('create', 'update', 'retry', 'touch', 'skip', 'defer')
          or (action = 'reprocess' and not ${input.isStalePage}))
      -- In a repeated step they are not locked yet, and a later page may take one over just now.
      for update
    ), up as (
      select c.external_id as leaf, c.parent_external_id as above, c.name as path, 1 as depth
      from source_containers c
      where c.data_source_id = ${input.dataSourceId}
        and c.external_id in (select parent_external_id from touched)
      union all
      select up.leaf, c.parent_external_id, c.name || '/' || up.path, up.depth + 1
      from up join source_containers c
        on c.data_source_id = ${input.dataSourceId} and c.external_id = up.above
      where up.depth < 100
    ), paths as (
      select distinct on (leaf) leaf, path from up order by leaf, depth desc
    )
    insert into sync_items (user_id, data_source_id, external_id, parent_external_id, external_path, name, item_type,
      mime_type, size, web_url, hints, external_modified_at, listed_hash, external_hash_kind, local_document_id,
      last_seen_job_id, notes)
    select t.user_id, t.data_source_id, t.external_id, t.parent_external_id,
      coalesce(t.external_path, p.path || '/' || t.name, t.name), t.name, t.item_type, t.mime_type, t.size, t.web_url,
      t.hints, t.external_modified_at, t.listed_hash, t.hash_kind, t.document_id, t.job_id, t.notes
    from touched t left join paths p on p.leaf = t.parent_external_id
    order by t.external_id
    on conflict (data_source_id, external_id) do update set
      parent_external_id = excluded.parent_external_id, external_path = excluded.external_path, name = excluded.name,
      item_type = excluded.item_type, mime_type = excluded.mime_type, size = excluded.size, web_url = excluded.web_url,
      hints = excluded.hints, external_modified_at = excluded.external_modified_at,
      -- What was skipped under another name is not skipped by a later job either, if this one is stopped before it reads it.
      external_hash = case when sync_items.sync_status = 'skipped'
        and (sync_items.name, sync_items.mime_type) is distinct from (excluded.name, excluded.mime_type) then null
        else sync_items.external_hash end,
      listed_hash = excluded.listed_hash, external_hash_kind = excluded.external_hash_kind,
      local_document_id = excluded.local_document_id,
      last_seen_job_id = case when ${isOwnPageOf(input)} then sync_items.last_seen_job_id else excluded.last_seen_job_id end,
      notes = excluded.notes, updated_at = now()`.execute(trx);
  await finishTouched(trx, input);
  await finishSkipped(trx, input);
}

/** Updates the documents of items of which only facts have changed: nothing is downloaded. */
async function finishTouched(trx: UserTransaction, input: DiffInput): Promise<void> {
  const { rows } = await sql<{ id: string; title: string }>`
    with touched as (
      update job_items set state = 'done', outcome = 'updated', updated_at = now()
      where job_id = ${input.jobId} and page = ${input.page} and state = 'planned' and action = 'touch'
      returning document_id, name, web_url, external_modified_at
    ), members as (
      update documents d set source_url = t.web_url, modified_at = t.external_modified_at
      from touched t where d.archive_id = t.document_id
    )
    update documents d
    set title = t.name, source_url = t.web_url, modified_at = t.external_modified_at, updated_at = now()
    from touched t where d.id = t.document_id returning d.id, d.title`.execute(trx);
  await writeTitleWords(trx, input.userId, rows, input.wordsOf);
  if (rows.length > 0)
    await applyRules(
      trx,
      input.dataSourceId,
      rows.map((row) => row.id),
    );
}

/**
 * Completes skipped items with their reason. The fingerprint is recorded, so that an unchanged item is not examined
 * again.
 */
async function finishSkipped(trx: UserTransaction, input: DiffInput): Promise<void> {
  await sql`
    update sync_items s set sync_status = 'skipped', external_hash = j.listed_hash, last_error_code = j.error_code,
      last_error_message = j.error_message, next_attempt_at = null, updated_at = now()
    from job_items j
    where j.job_id = ${input.jobId} and j.page = ${input.page} and j.state = 'planned' and j.action = 'skip'
      and s.data_source_id = j.data_source_id and s.external_id = j.external_id
      and ${isPlanned(input, 'skip')}`.execute(trx);
}

/**
 * A batch is a range of ids, so it is found by the ids that begin one. Joining each item with its number would read all
 * items once per item if the planner takes the page for small.
 */
async function assignBatches(trx: UserTransaction, input: DiffInput): Promise<void> {
  const toProcess = sql`job_id = ${input.jobId} and page = ${input.page}
    and action in ('create', 'update', 'retry', 'reprocess')`;
  const firstIds = sql`(
    select array_agg(external_id order by external_id)
    from (select external_id, row_number() over (order by external_id) - 1 as number from job_items where ${toProcess}) n
    where number % ${sql.lit(input.batchSize)} = 0)`;
  await sql`
    update job_items set batch = width_bucket(external_id, ${firstIds}) - 1
    where ${toProcess} and batch is null`.execute(trx);
}

async function countBatches(trx: UserTransaction, input: DiffInput): Promise<number> {
  const { rows } = await sql<{ batches: number }>`
    select coalesce(max(batch) + 1, 0)::int as batches from job_items
    where job_id = ${input.jobId} and page = ${input.page} and state <> 'done'`.execute(trx);
  return rows[0]?.batches ?? 0;
}
