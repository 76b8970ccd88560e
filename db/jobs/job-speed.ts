import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

export interface JobSpeed {
  /** Pages under way at once; null: as many as usual. */
  readonly pagesAtOnce: number | null;
  /** Calls to the vendor in a second; null: as many as the account's ceiling allows. */
  readonly requestsPerSecond: number | null;
}

/** Calls a second that somebody has set for the job that now syncs this source; null for no limit of its own. */
export async function findJobSpeed(trx: UserTransaction, dataSourceId: string): Promise<number | null> {
  const row = await trx
    .selectFrom('syncJobs')
    .select('requestsPerSecond')
    .where('dataSourceId', '=', dataSourceId)
    .where('status', '=', 'running')
    .executeTakeFirst();
  return row?.requestsPerSecond ?? null;
}

/** What is not named stays as it is. */
export async function saveJobSpeed(trx: UserTransaction, jobId: string, speed: Partial<JobSpeed>): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({ ...speed, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .execute();
}
