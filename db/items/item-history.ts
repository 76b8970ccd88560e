/** Everything that is known about one item of a source, for `headwater history`. */

import { sql } from 'kysely';
import type { Outcome } from '../../domain/contract.ts';
import type { Note } from '../../domain/storable.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { ItemAction, ItemState } from '../tables/job-items.ts';
import type { SyncStatus } from '../tables/sync-items.ts';

/** Number of jobs whose ledgers are searched, newest first. */
const jobsBack = 50;

export interface KnownItem {
  readonly externalId: string;
  readonly name: string;
  readonly path: string;
  readonly syncStatus: SyncStatus;
  readonly documentId: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly notes: readonly Note[] | null;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly foundAt: Date;
  readonly lastSeenJobId: string | null;
  readonly lastSyncedAt: Date | null;
  readonly isLive: boolean;
}

export interface ItemEvent {
  readonly jobId: string;
  readonly at: Date;
  readonly name: string | null;
  readonly action: ItemAction | null;
  /** A plan only says what a sync would do. */
  readonly dryRun: boolean;
  readonly isEnded: boolean;
  readonly state: ItemState;
  readonly outcome: Outcome | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface RecordedHistory {
  readonly item: KnownItem | null;
  /** The things that jobs did with it, newest first. A job that found it unchanged only counted it. */
  readonly events: readonly ItemEvent[];
}

/** Finds the item by its id at the source, or by its path. A file in an archive has the history of the archive’s item. */
export async function findRecordedHistory(
  trx: UserTransaction,
  dataSourceId: string,
  key: { readonly externalId: string } | { readonly path: string },
): Promise<RecordedHistory> {
  const column = 'externalId' in key ? sql`i.external_id` : sql`i.external_path`;
  const asked = 'externalId' in key ? key.externalId : key.path.replace(/^\//, '');
  const isInArchive = sql`${column} = any(${archivesIn(asked)}::text[]) and exists (select from documents m
    where m.archive_id = i.local_document_id and ${column} || '!/' || m.member_path = ${asked})`;
  const { rows } = await sql<KnownItem>`
    select i.external_id, i.name, i.external_path as path, i.sync_status, i.local_document_id as document_id,
      i.last_error_code as error_code, i.last_error_message as error_message, i.notes, i.attempts, i.next_attempt_at,
      i.created_at as found_at, i.last_seen_job_id, i.last_synced_at, d.live_generation is not null as is_live
    from sync_items i left join documents d on d.id = i.local_document_id
    where i.data_source_id = ${dataSourceId} and (${column} = ${asked} or ${isInArchive})
    order by ${column} = ${asked} desc limit 1`.execute(trx);
  const item = rows[0] ?? null;
  const externalId = item?.externalId ?? ('externalId' in key ? key.externalId : null);
  return { item, events: externalId === null ? [] : await findEvents(trx, dataSourceId, externalId) };
}

/** What the archive may be called in `<archive>!/<path>`: both may contain the separator. */
function archivesIn(asked: string): string[] {
  return [...asked.matchAll(/!\//g)].map(({ index }) => asked.slice(0, index));
}

async function findEvents(trx: UserTransaction, dataSourceId: string, externalId: string): Promise<ItemEvent[]> {
  const { rows } = await sql<ItemEvent>`
    select e.job_id, e.updated_at as at, e.name, e.action, j.dry_run, j.completed_at is not null as is_ended, e.state, e.outcome, e.error_code, e.error_message
    from (select id, dry_run, completed_at from sync_jobs where data_source_id = ${dataSourceId} order by id desc limit ${jobsBack}) j
      join job_items e on e.job_id = j.id and e.external_id = ${externalId}
    order by j.id desc`.execute(trx);
  return rows;
}

/** When the source was last listed completely. An item that this listing did not contain did not exist then. */
export async function findLastFullListing(trx: UserTransaction, dataSourceId: string): Promise<Date | null> {
  const row = await trx
    .selectFrom('dataSources')
    .select('lastFullListingAt')
    .where('id', '=', dataSourceId)
    .executeTakeFirst();
  return row?.lastFullListingAt ?? null;
}
