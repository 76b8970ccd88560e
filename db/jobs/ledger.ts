/**
 * Hands work from one step to the next: the remaining items of a batch, the outcome of each item, and the resulting
 * counts.
 */

import { sql } from 'kysely';
import { type Outcome, outcomes, type Counts, type PageEnd } from '../../domain/contract.ts';
import type { FingerprintKind, ItemRef, ItemType, SkipReason } from '../../domain/source.ts';
import { type Note, storableMediaType, storableMessage, storableText } from '../../domain/storable.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { writeTitleWords, type WordsOf } from '../documents/title-words.ts';
import { failedItemRestMinutes } from '../../domain/retry-policy.ts';
import type { PageKey } from '../items/listing.ts';
import type { ItemAction, ItemState } from '../tables/job-items.ts';
import { toJson } from '../access/parameters.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';

export interface BatchKey extends PageKey {
  readonly batch: number;
}

/** One item of a batch, as the next step needs it. */
export interface LedgerItem {
  readonly ref: ItemRef;
  readonly documentId: string;
  readonly action: ItemAction;
  readonly contentHash: string | null;
  readonly contentMimeType: string | null;
  readonly extractedHash: string | null;
  readonly notes: readonly Note[];
  /** Attempts at this item alone that never reported an end. */
  readonly attemptsAlone: number;
  /** Its path at the source, as far as it is known. */
  readonly path: string;
  /** Code of the error from earlier jobs; null if there was none. */
  readonly lastErrorCode: string | null;
}

/** The items of this batch in `state`, in order. */
export async function findBatchItems(trx: UserTransaction, key: BatchKey, state: ItemState): Promise<LedgerItem[]> {
  const rows = await trx
    .selectFrom('jobItems')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('syncItems')
          .select(['externalPath', 'lastErrorCode'])
          .where('dataSourceId', '=', key.dataSourceId)
          .whereRef('syncItems.externalId', '=', 'jobItems.externalId')
          .offset(0)
          .as('known'),
      (join) => join.onTrue(),
    )
    .selectAll('jobItems')
    .select(['known.externalPath as knownPath', 'known.lastErrorCode'])
    .where('jobItems.jobId', '=', key.jobId)
    .where('jobItems.page', '=', key.page)
    .where('jobItems.batch', '=', key.batch)
    .where('jobItems.state', '=', state)
    .orderBy('jobItems.externalId')
    .execute();
  return rows.map((row) => ({
    ref: {
      externalId: row.externalId,
      itemType: row.itemType as ItemType,
      name: row.name ?? row.externalId,
      parentExternalId: row.parentExternalId,
      ...(row.externalPath === null ? {} : { path: row.externalPath }),
      mimeType: row.mimeType,
      size: row.size === null ? null : Number(row.size),
      modifiedAt: row.externalModifiedAt?.toISOString() ?? null,
      fingerprint: { kind: row.hashKind as FingerprintKind, value: row.listedHash ?? '' },
      webUrl: row.webUrl,
      ...(row.hints === null ? {} : { fetchHints: row.hints }),
    },
    documentId: row.documentId ?? '',
    action: row.action ?? 'retry',
    contentHash: row.contentHash,
    contentMimeType: row.contentMimeType,
    extractedHash: row.extractedHash,
    notes: row.notes ?? [],
    attemptsAlone: row.attemptsAlone,
    path: row.knownPath ?? row.externalPath ?? row.name ?? row.externalId,
    lastErrorCode: row.lastErrorCode,
  }));
}

export interface DownloadedItem {
  readonly externalId: string;
  readonly contentHash: string;
  readonly contentMimeType: string;
  readonly bytes: number;
  /** The fingerprint of the fetched content. If null, the listed fingerprint applies. */
  readonly fingerprint: string | null;
  /** What the vendor left out of the bytes. */
  readonly notes: readonly Note[];
}

/**
 * Records that the bytes are staged. At the end, the fingerprint of the fetched content is recorded as synced, not the
 * one listed before.
 */
export async function recordDownloads(
  trx: UserTransaction,
  key: BatchKey,
  items: readonly DownloadedItem[],
): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map((i) => ({
    id: i.externalId,
    hash: i.contentHash,
    mime: storableMediaType(i.contentMimeType),
    bytes: i.bytes,
    fingerprint: i.fingerprint,
    notes: i.notes.length === 0 ? null : i.notes,
  }));
  await sql`
    update job_items j set state = 'downloaded', content_hash = x.hash, content_mime_type = x.mime, bytes = x.bytes,
      listed_hash = coalesce(x.fingerprint, j.listed_hash), updated_at = now(),
      notes = case when x.notes is null then j.notes else coalesce(j.notes, '[]'::jsonb) || x.notes end
    from jsonb_to_recordset(${toJson(rows)}::jsonb)
      as x(id text, hash text, mime text, bytes bigint, fingerprint text, notes jsonb)
    where j.job_id = ${key.jobId} and j.page = ${key.page} and j.batch = ${key.batch} and j.external_id = x.id
      and j.state = 'planned'`.execute(trx);
}

/** The settings that a document must have been read with, so that reading its bytes again would change nothing. */
export interface ReadingSettings {
  readonly pipelineVersion: string;
  readonly transformationsHash: string;
}

/**
 * Completes items whose bytes equal those of the live document, without another extraction: facts and fingerprint are
 * recorded. (A vendor's fingerprint may change although the content does not.)
 * @returns their content hashes
 */
export async function finishIdenticalContent(
  trx: UserTransaction,
  key: BatchKey,
  { wordsOf, ...settings }: ReadingSettings & { readonly wordsOf: WordsOf },
): Promise<string[]> {
  const identical = await findIdenticalContent(trx, key, settings);
  if (identical.length === 0) return [];
  const externalIds = identical.map((row) => row.externalId);
  const documentIds = identical.map((row) => row.id);
  // The ids are named besides being joined (docs/decisions/40-plans-for-new-sources.md).
  const inBatch = sql`job_id = ${key.jobId} and page = ${key.page} and batch = ${key.batch}
    and external_id = any(${externalIds}::text[])`;
  await sql`
    with i as materialized (select * from job_items where ${inBatch}), ledger as (
      update job_items set state = 'done', outcome = 'updated', updated_at = now() where ${inBatch}
    ), facts as (
      update documents d set title = i.name, source_url = i.web_url, modified_at = i.external_modified_at,
        updated_at = now()
      from i where d.id = i.document_id and d.id = any(${documentIds}::uuid[])
    ), members as (
      update documents d set source_url = i.web_url, modified_at = i.external_modified_at
      from i where d.archive_id = i.document_id and d.archive_id = any(${documentIds}::uuid[])
    )
    update sync_items s set sync_status = 'synced', external_hash = i.listed_hash, content_hash = i.content_hash,
      last_error_code = null, last_error_message = null, attempts = 0, next_attempt_at = null,
      last_synced_at = now(), updated_at = now()
    from i where s.data_source_id = ${key.dataSourceId} and s.external_id = i.external_id
      and s.external_id = any(${externalIds}::text[])`.execute(trx);
  await writeTitleWords(trx, key.userId, identical, wordsOf);
  return identical.map((row) => row.contentHash);
}

interface IdenticalContent {
  readonly externalId: string;
  readonly contentHash: string;
  /** The document's id. */
  readonly id: string;
  readonly title: string;
}

/** Locks the downloaded items of the batch in order. Their documents are looked up one by one, not joined. */
async function findIdenticalContent(
  trx: UserTransaction,
  key: BatchKey,
  { pipelineVersion, transformationsHash }: ReadingSettings,
): Promise<IdenticalContent[]> {
  const { rows } = await sql<IdenticalContent>`
    with downloaded as materialized (
      select external_id, content_hash, document_id, name from job_items
      where job_id = ${key.jobId} and page = ${key.page} and batch = ${key.batch} and state = 'downloaded'
      order by external_id for update
    )
    select external_id, content_hash, document_id as id, name as title from downloaded j
    cross join lateral (
      select from documents d
      where d.id = j.document_id and d.live_generation is not null and d.content_hash = j.content_hash
        and d.title = j.name and d.pipeline_version = ${pipelineVersion} offset 0
    ) d cross join lateral (
      select from sync_items s
      where s.data_source_id = ${key.dataSourceId} and s.external_id = j.external_id
        and s.transformations_hash = ${transformationsHash} offset 0
    ) s`.execute(trx);
  return rows;
}

export interface TransformedItem {
  readonly externalId: string;
  readonly extractedHash: string;
}

/** Records that text and chunks are staged. */
export async function recordTransformed(
  trx: UserTransaction,
  key: BatchKey,
  items: readonly TransformedItem[],
  transformationsHash: string,
): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map((i) => ({ id: i.externalId, hash: i.extractedHash }));
  await sql`
    update job_items j set state = 'transformed', extracted_hash = x.hash, transformations_hash = ${transformationsHash},
      updated_at = now()
    from jsonb_to_recordset(${toJson(rows)}::jsonb) as x(id text, hash text)
    where j.job_id = ${key.jobId} and j.page = ${key.page} and j.batch = ${key.batch} and j.external_id = x.id
      and j.state = 'downloaded'`.execute(trx);
}

/** Resets items whose staged text cannot be used, so that they are read again from the bytes that are still staged. */
export async function reopenDownloaded(
  trx: UserTransaction,
  key: BatchKey,
  externalIds: readonly string[],
): Promise<void> {
  await sql`
    update job_items set state = 'downloaded', extracted_hash = null, updated_at = now()
    where job_id = ${key.jobId} and page = ${key.page} and batch = ${key.batch} and state = 'transformed'
      and external_id = any(${externalIds}::text[])`.execute(trx);
}

/**
 * Counts attempts at an item on its own, before and after each. A count that remains is from an attempt whose process
 * ended.
 */
export async function noteAlone(
  trx: UserTransaction,
  key: PageKey,
  externalId: string,
  attemptsAlone: number,
): Promise<void> {
  await trx
    .updateTable('jobItems')
    .set({ attemptsAlone })
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .where('externalId', '=', externalId)
    .execute();
}

/** An error of one item, as its owner sees it. */
export interface ItemProblem {
  readonly externalId: string;
  /** `skipped` items are left out until they change. `failed` items are retried automatically by the next job. */
  readonly outcome: 'skipped' | 'failed';
  readonly code: ErrorCode;
  readonly message: string;
  /** Hash of the transformations that caused the skip, if they did. */
  readonly transformationsHash?: string;
  /** No job retries the item before this time has passed, in milliseconds; null means with the next job. */
  readonly retryAfterMs?: number | null;
  /** Set if the vendor can be asked whether the item still exists, after it had no content for it. */
  readonly isInDoubt?: boolean;
}

/** The problem of an item that the database rejects although everything that can be repaired was repaired. */
export function problemOfRefused(externalId: string, sqlState: string): ItemProblem {
  const { code, message } = notStorable(sqlState);
  return { externalId, outcome: 'failed', code, message };
}

/** @param sqlState PostgreSQL's code for the reason */
export function notStorable(sqlState: string): SkipReason {
  return {
    code: 'not_storable',
    message: `The database cannot store this item (SQLSTATE ${sqlState}), so it was skipped.`,
  };
}

/** A condition on `s` (sync_items) that applies `failedItemRestMinutes`. */
const rest = sql`case when s.attempts = 0 then interval '0'
  else least(${sql.lit(failedItemRestMinutes.first)} * power(2, least(s.attempts - 1, 10)), ${sql.lit(failedItemRestMinutes.max)})
    * interval '1 minute' end`;

/**
 * Ends items as skipped or failed, in the ledger and the item list together. If a skipped item has an older document,
 * it stays in the ledger as a removal (`state` planned, action skip), so that the outdated text is deleted. An item in
 * doubt is looked up by the next job, or for the same reason again, when it would be tried again; if it was deleted, it
 * is removed (`completeCandidates`).
 */
export async function recordProblems(
  trx: UserTransaction,
  key: PageKey,
  problems: readonly ItemProblem[],
): Promise<void> {
  if (problems.length === 0) return;
  const rows = problems.map((p) => ({
    id: p.externalId,
    outcome: p.outcome,
    code: storableText(p.code),
    message: storableMessage(p.message),
    hash: p.transformationsHash ?? null,
    rest_ms: p.retryAfterMs ?? null,
    in_doubt: p.isInDoubt ?? false,
  }));
  await sql`
    with problem as (
      select * from jsonb_to_recordset(${toJson(rows)}::jsonb)
        as x(id text, outcome text, code text, message text, hash text, rest_ms float8, in_doubt boolean)
    ), ledger as (
      update job_items j set
        error_code = p.code, error_message = p.message, updated_at = now(),
        action = case p.outcome when 'skipped' then 'skip' else j.action end,
        state = case p.outcome when 'skipped' then 'planned' else 'done' end,
        outcome = case p.outcome when 'skipped' then null else 'failed' end
      from problem p
      where j.job_id = ${key.jobId} and j.page = ${key.page} and j.external_id = p.id and j.state <> 'done'
      returning j.external_id, j.listed_hash, p.outcome as outcome, p.code, p.message, p.hash, p.in_doubt,
        now() + make_interval(secs => p.rest_ms / 1000) as deferred_until
    )
    update sync_items s set
      sync_status = l.outcome,
      external_hash = case l.outcome when 'skipped' then l.listed_hash else s.external_hash end,
      transformations_hash = case l.outcome when 'skipped' then coalesce(l.hash, s.transformations_hash)
        else s.transformations_hash end,
      last_error_code = l.code, last_error_message = l.message, attempts = s.attempts + 1,
      deferred_until = l.deferred_until, next_attempt_at = greatest(now() + ${rest}, l.deferred_until),
      missed_by = case when l.in_doubt then ${key.jobId} else s.missed_by end,
      confirm_after = case
        when not l.in_doubt then s.confirm_after
        when s.last_error_code = l.code then greatest(now() + ${rest}, l.deferred_until)
      end,
      updated_at = now()
    from ledger l
    where s.data_source_id = ${key.dataSourceId} and s.external_id = l.external_id`.execute(trx);
}

/** Marks all unfinished items of this page (or of one batch) as failed for the same reason. */
export async function failUnfinished(
  trx: UserTransaction,
  key: PageKey & { readonly batch?: number },
  reason: { readonly code: ErrorCode; readonly message: string },
): Promise<void> {
  const rows = await trx
    .selectFrom('jobItems')
    .select('externalId')
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .$if(key.batch !== undefined, (q) => q.where('batch', '=', key.batch ?? 0))
    .where('state', '!=', 'done')
    .where((eb) => eb.or([eb('action', 'is', null), eb('action', 'not in', ['keep', 'delete', 'skip', 'defer'])]))
    .execute();
  await recordProblems(
    trx,
    key,
    rows.map((row) => ({ externalId: row.externalId, outcome: 'failed', ...reason })),
  );
}

/**
 * Closes a page: skipped items become final, and unchanged rows are dropped and only counted. Closing it twice changes
 * nothing. A plan keeps all rows. @returns the page's counts, or null if it was already closed
 */
export async function recordPageEnd(trx: UserTransaction, key: PageKey, keepRows: boolean): Promise<Counts | null> {
  await sql`
    update job_items set state = 'done', updated_at = now(),
      outcome = case action when 'keep' then 'unchanged' when 'defer' then 'failed' else 'skipped' end
    where job_id = ${key.jobId} and page = ${key.page} and state = 'planned' and action in ('keep', 'skip', 'defer')`.execute(
    trx,
  );
  const counts = await countItems(trx, key);
  const closed = await trx
    .updateTable('jobPages')
    .set({
      state: 'closed',
      closedAt: sql<Date>`now()`,
      ...countColumns(counts),
      itemsFound: sql<number>`${counts.found}::integer + items_kept`,
      itemsUnchanged: sql<number>`${counts.unchanged}::integer + items_kept`,
    })
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .where('state', '=', 'listed')
    .returning('page')
    .executeTakeFirst();
  if (keepRows || closed === undefined) return closed === undefined ? null : counts;
  await trx
    .deleteFrom('jobItems')
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .where('outcome', '=', 'unchanged')
    .execute();
  return counts;
}

export async function findPageEnd(trx: UserTransaction, key: PageKey): Promise<PageEnd> {
  const { rows } = await sql<{ outcome: Outcome; code: ErrorCode | null; message: string | null; count: number }>`
    select outcome, error_code as code, min(error_message) as message, count(*)::int as count from job_items
    where job_id = ${key.jobId} and page = ${key.page} and outcome in ('created', 'updated', 'failed')
      and action <> 'defer'
    group by outcome, error_code order by count(*) desc`.execute(trx);
  const worst = rows.find((row) => row.outcome === 'failed');
  return {
    tried: rows.reduce((sum, row) => sum + row.count, 0),
    failure:
      worst === undefined
        ? null
        : { code: worst.code ?? 'internal', message: worst.message ?? 'no reason given', count: worst.count },
  };
}

async function countItems(trx: UserTransaction, key: PageKey): Promise<Counts> {
  const rows = await trx
    .selectFrom('jobItems')
    .select((eb) => ['outcome', eb.fn.countAll<string>().as('count'), eb.fn.sum<string>('bytes').as('bytes')])
    .where('jobId', '=', key.jobId)
    .where('page', '=', key.page)
    .groupBy('outcome')
    .execute();
  return toCounts(rows);
}

/** How many items have an outcome. Those without one are found but not finished. */
export interface OutcomeRow {
  readonly outcome: Outcome | null;
  readonly count: string;
  readonly bytes: string | null;
}

/** Adds them up. */
export function toCounts(rows: readonly OutcomeRow[]): Counts {
  const counts = {
    ...(Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>),
    found: 0,
    bytes: 0,
  };
  for (const row of rows) {
    counts.found += Number(row.count);
    counts.bytes += Number(row.bytes ?? 0);
    if (row.outcome !== null) counts[row.outcome] += Number(row.count);
  }
  return counts;
}

/** Counts as the columns of a job and a page. */
export function countColumns(counts: Counts) {
  return {
    itemsFound: counts.found,
    itemsCreated: counts.created,
    itemsUpdated: counts.updated,
    itemsUnchanged: counts.unchanged,
    itemsRemoved: counts.removed,
    itemsSkipped: counts.skipped,
    itemsFailed: counts.failed,
    bytesProcessed: counts.bytes,
  };
}
