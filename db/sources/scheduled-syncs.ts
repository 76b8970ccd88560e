import { sql } from 'kysely';
import { scheduleIds } from '../../domain/contract.ts';
import type { Schedule, ScheduleType } from '../../domain/schedules.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { SyncFrequency } from '../tables/data-sources.ts';
import { toJson } from '../access/parameters.ts';

/** The schedule that Temporal should run for one row. */
export interface WantedSchedule {
  readonly scheduleId: string;
  /** Null for a source's own frequency. */
  readonly rowId: string | null;
  readonly userId: string;
  readonly dataSourceId: string;
  readonly schedule: Schedule;
  readonly isActive: boolean;
}

const columns = [
  'id',
  'dataSourceId',
  'scheduleType',
  'scheduleConfig',
  'nextRunAt',
  'lastRunAt',
  'isActive',
  'createdAt',
  'updatedAt',
  // Without a sign-in every run would fail, so the schedules are paused until there is one.
  sql<boolean>`is_active and exists (select from data_sources s
    where s.id = scheduled_syncs.data_source_id and s.is_active and not s.needs_sign_in)`.as('isWanted'),
  sql<boolean>`exists (select from data_sources s
    where s.id = scheduled_syncs.data_source_id and s.is_active)`.as('isSourceActive'),
] as const;

export type ScheduledSync = Awaited<ReturnType<typeof listScheduledSyncs>>[number];

export async function listScheduledSyncs(trx: UserTransaction, dataSourceId?: string) {
  return await trx
    .selectFrom('scheduledSyncs')
    .select(columns)
    .$if(dataSourceId !== undefined, (query) => query.where('dataSourceId', '=', dataSourceId ?? ''))
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
}

export async function findScheduledSync(trx: UserTransaction, id: string): Promise<ScheduledSync | undefined> {
  return await trx.selectFrom('scheduledSyncs').select(columns).where('id', '=', id).executeTakeFirst();
}

export interface ScheduledSyncChange {
  readonly scheduleType?: ScheduleType | undefined;
  readonly scheduleConfig?: object | undefined;
  readonly isActive?: boolean | undefined;
}

export async function createScheduledSync(
  trx: UserTransaction,
  row: Required<{ [K in keyof ScheduledSyncChange]: NonNullable<ScheduledSyncChange[K]> }> & {
    readonly userId: string;
    readonly dataSourceId: string;
  },
): Promise<ScheduledSync> {
  return await trx
    .insertInto('scheduledSyncs')
    .values({ ...row, scheduleConfig: toJson(row.scheduleConfig) })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

export async function updateScheduledSync(
  trx: UserTransaction,
  id: string,
  change: ScheduledSyncChange,
): Promise<ScheduledSync | undefined> {
  return await trx
    .updateTable('scheduledSyncs')
    .set({
      updatedAt: sql<Date>`now()`,
      ...(change.scheduleType === undefined ? {} : { scheduleType: change.scheduleType }),
      ...(change.scheduleConfig === undefined ? {} : { scheduleConfig: toJson(change.scheduleConfig) }),
      ...(change.isActive === undefined ? {} : { isActive: change.isActive }),
    })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst();
}

export async function deleteScheduledSync(trx: UserTransaction, id: string): Promise<boolean> {
  return (await trx.deleteFrom('scheduledSyncs').where('id', '=', id).returning('id').execute()).length > 0;
}

export async function saveRunTimes(
  trx: UserTransaction,
  id: string,
  { nextRunAt, lastRunAt }: { readonly nextRunAt: Date | null; readonly lastRunAt: Date | null },
): Promise<void> {
  await trx.updateTable('scheduledSyncs').set({ nextRunAt, lastRunAt }).where('id', '=', id).execute();
}

/** All schedules that should run for a user or for one source: the source's own frequency and its `scheduled_syncs`. */
export async function findWantedSchedules(
  trx: UserTransaction,
  userId: string,
  dataSourceId?: string,
): Promise<WantedSchedule[]> {
  const sources = await trx
    .selectFrom('dataSources')
    .select(['id', 'syncFrequency'])
    .select(sql<boolean>`is_active and not needs_sign_in`.as('isActive'))
    .$if(dataSourceId !== undefined, (query) => query.where('id', '=', dataSourceId ?? ''))
    .execute();
  const frequencies = sources.flatMap((source): WantedSchedule[] => {
    const schedule = scheduleOf(source.syncFrequency);
    const scheduleId = scheduleIds.frequency(source.id);
    const own = { scheduleId, rowId: null, userId, dataSourceId: source.id, isActive: source.isActive };
    return schedule === null ? [] : [{ ...own, schedule }];
  });
  const rows = await listScheduledSyncs(trx, dataSourceId);
  return [...frequencies, ...rows.map((row) => toWanted(row, userId))];
}

function toWanted(row: ScheduledSync, userId: string): WantedSchedule {
  return {
    scheduleId: scheduleIds.scheduledSync(row.id),
    rowId: row.id,
    userId,
    dataSourceId: row.dataSourceId,
    // Validated when it was written.
    schedule: { type: row.scheduleType, ...row.scheduleConfig } as Schedule,
    isActive: row.isWanted,
  };
}

/** Jitter of a fifth of the period, so that sources that were created at the same time do not all start at once. */
function scheduleOf(frequency: SyncFrequency): Schedule | null {
  const common = { type: 'interval', timeZone: 'UTC', catchUpMinutes: 60 } as const;
  switch (frequency) {
    case 'manual':
      return null;
    case 'hourly':
      return { ...common, everyMinutes: 60, jitterMinutes: 12 };
    case 'daily':
      return { ...common, everyMinutes: 24 * 60, jitterMinutes: 240 };
    case 'weekly':
      return { ...common, everyMinutes: 7 * 24 * 60, jitterMinutes: 1440 };
  }
}
