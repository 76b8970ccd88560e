/** Counts what a deletion covers and performs the parts of it that concern only the database. */

import { sql } from 'kysely';
import type { DeletionScope, StoreCounts } from '../../domain/deletion.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { anonymizeAuditEvents } from '../access/audit-log.ts';
import { hasAnyId } from './document-filter.ts';

type RowCounts = Omit<StoreCounts, 'stagedBytes' | 'schedules' | 'vectorsOutside'>;

/** Tables with a user's rows, other than those counted by name. The policies restrict each to the user's own rows. */
const otherTables = [
  'sync_jobs',
  'sync_items',
  'source_containers',
  'source_gaps',
  'job_pages',
  'job_containers',
  'job_gaps',
  'job_removals',
  'plan_containers',
  'job_items',
  'vector_deletions',
  'vector_spaces',
  'oauth_states',
  'account_limits',
  'etl_transformations',
  'scheduled_syncs',
  'projects',
  'project_documents',
  'tags',
  'document_tags',
  'change_notification_subscriptions',
  'webhook_deliveries',
  'webhook_events',
  'webhook_endpoints',
  'assignment_rules',
  'original_texts',
  'recognised_pages',
  'source_days',
  'source_day_errors',
  'api_keys',
  'page_sessions',
  'uploaded_files',
  'uploaded_parts',
  'uploaded_contents',
  'document_feeds',
  // This comes last, because the deletion of a document adds a row to it.
  'document_changes',
] as const;

/** Every table with rows of a user that are deleted, but the sources, which are deleted one by one before. */
const deletedTables = ['documents', 'embeddings', ...otherTables] as const;

/** Every table of which an erased user has no row left, but the sources; `test/sync/deletion.test.ts` compares. */
export const erasedTables: readonly string[] = [...deletedTables, 'audit_events'];

/** The tables among them whose rows belong to a source, and those whose rows belong to a document. */
const sourceTables = [
  'sync_jobs',
  'sync_items',
  'source_containers',
  'source_gaps',
  'job_items',
  'oauth_states',
  'scheduled_syncs',
  'change_notification_subscriptions',
  'assignment_rules',
  'source_days',
  'source_day_errors',
  'uploaded_files',
  'uploaded_contents',
];
const documentTables = ['project_documents', 'document_tags', 'original_texts'];

export async function countRows(trx: UserTransaction, scope: DeletionScope): Promise<RowCounts> {
  const inScope = documentsOf(scope);
  const { rows } = await sql<RowCounts>`
    with to_delete as (select id from documents d where ${inScope}),
      chunks as (select c.text_hash from to_delete d cross join lateral (
        select text_hash from document_chunks where document_id = d.id offset 0) c)
    select ${countSources(scope)} as sources, (select count(*) from to_delete)::int as documents,
      (select count(*) from chunks)::int as chunks,
      ${countVectors(scope)} as vectors, ${countOthers(scope)} as other_rows`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error('a count without an answer');
  return row;
}

function documentsOf(scope: DeletionScope) {
  switch (scope.kind) {
    case 'source':
      return scope.keepDocuments ? sql`false` : sql`data_source_id = ${scope.dataSourceId}`;
    case 'document':
      return sql`(id = ${scope.documentId} or archive_id = ${scope.documentId})`;
    case 'user':
      return hasAnyId;
  }
}

function countSources(scope: DeletionScope) {
  if (scope.kind === 'document') return sql`0`;
  const which = scope.kind === 'source' ? sql`where id = ${scope.dataSourceId}` : sql``;
  return sql`(select count(*) from data_sources ${which})::int`;
}

function countVectors(scope: DeletionScope) {
  if (scope.kind === 'user') return sql`(select count(*) from embeddings)::int`;
  return sql`(select count(*) from (select distinct text_hash from chunks) h
    cross join lateral (select user_id, text_hash from embeddings where text_hash = h.text_hash offset 0) e
    where not exists (select from document_chunks c cross join lateral (
        select from documents d where id = c.document_id and (${documentsOf(scope)}) is not true offset 0) other
      where c.user_id = e.user_id and c.text_hash = e.text_hash offset 0))::int`;
}

function countOthers(scope: DeletionScope) {
  const counts =
    scope.kind === 'user'
      ? [...otherTables, 'audit_events'].map((table) => sql`(select count(*) from ${sql.table(table)})`)
      : [
          ...documentTables.map(
            (table) => sql`(select count(*) from to_delete d cross join lateral (
              select from ${sql.table(table)} where document_id = d.id offset 0) t)`,
          ),
          ...(scope.kind === 'document' ? [] : countOwnedBy(scope.dataSourceId)),
        ];
  return sql`(${sql.join(counts, sql` + `)})::int`;
}

function countOwnedBy(dataSourceId: string) {
  return [
    ...sourceTables.map(
      (table) => sql`(select count(*) from ${sql.table(table)} where data_source_id = ${dataSourceId})`,
    ),
    ...['job_pages', 'job_containers', 'job_gaps', 'job_removals', 'plan_containers'].map(
      (table) => sql`(select count(*) from sync_jobs j cross join lateral (
        select from ${sql.table(table)} where job_id = j.id offset 0) t where j.data_source_id = ${dataSourceId})`,
    ),
  ];
}

/** Jobs of the scope that may have staged content. */
export async function findJobIds(trx: UserTransaction, scope: DeletionScope): Promise<string[]> {
  if (scope.kind === 'document') return [];
  const rows = await trx
    .selectFrom('syncJobs')
    .select('id')
    .$if(scope.kind === 'source', (q) =>
      q.where('dataSourceId', '=', scope.kind === 'source' ? scope.dataSourceId : ''),
    )
    .execute();
  return rows.map((row) => row.id);
}

/** The code of an item that is not synced although it exists at the source, because its owner deleted the document. */
export const deletedByOwner = 'deleted_by_owner';

const deletedMessage = 'You deleted this document in Headwater. To get it back, sync this item by hand.';

/**
 * Skips the item of a document that its owner deletes, until the owner syncs it by hand. A job that is processing the
 * item ends it as skipped, too, instead of writing the document again. Its ledger is locked before the item, like in
 * `switchGenerations`.
 */
export async function excludeItemOf(trx: UserTransaction, documentId: string): Promise<void> {
  const item = await findItemOf(trx, documentId);
  if (item === undefined) return;
  const { dataSourceId, externalId } = item;
  await sql`
    update job_items j set state = 'done', action = 'skip', outcome = 'skipped', error_code = ${deletedByOwner},
      error_message = ${deletedMessage}, updated_at = now()
    from sync_jobs r
    where r.data_source_id = ${dataSourceId} and r.status in ('pending', 'running') and j.job_id = r.id
      and j.external_id = ${externalId} and j.state <> 'done' and not j.deleted`.execute(trx);
  await trx
    .updateTable('syncItems')
    .set({
      syncStatus: 'skipped',
      externalHash: sql<string>`listed_hash`,
      localDocumentId: null,
      contentHash: null,
      lastErrorCode: deletedByOwner,
      lastErrorMessage: deletedMessage,
      nextAttemptAt: null,
      updatedAt: sql<Date>`now()`,
    })
    .where('dataSourceId', '=', dataSourceId)
    .where('externalId', '=', externalId)
    .where('localDocumentId', '=', documentId)
    .execute();
}

/** The key of the item that a document came from; undefined if its source is deleted, or it is a file of an archive. */
async function findItemOf(trx: UserTransaction, documentId: string) {
  const { rows } = await sql<{ dataSourceId: string; externalId: string }>`
    select d.data_source_id, d.external_id from documents d
    where d.id = ${documentId} and d.data_source_id is not null and d.archive_id is null`.execute(trx);
  return rows[0];
}

/** Finds up to `limit` documents of the scope. */
export async function findDocumentsToDelete(
  trx: UserTransaction,
  scope: DeletionScope,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from documents d where ${documentsOf(scope)} order by id limit ${limit}`.execute(trx);
  return rows.map((row) => row.id);
}

/** Deactivates up to `limit` of the user's sources, so that they start no more jobs. */
export async function switchOffSources(trx: UserTransaction, limit: number): Promise<string[]> {
  await trx.updateTable('dataSources').set({ isActive: false }).where('isActive', '=', true).execute();
  const rows = await trx.selectFrom('dataSources').select('id').orderBy('id').limit(limit).execute();
  return rows.map((row) => row.id);
}

/** Deletes a user's remaining rows after the sources, and takes their name off the audit log. */
export async function deleteRest(trx: UserTransaction): Promise<void> {
  // The feed of changes is written at once instead of at the commit, so that it can be deleted too.
  await sql`set constraints all immediate`.execute(trx);
  for (const table of deletedTables) await sql`delete from ${sql.table(table)}`.execute(trx);
  await anonymizeAuditEvents(trx);
}
