import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

export interface JobSpeed {
  /** Number of pages processed concurrently; null for the default. */
  readonly pagesAtOnce: number | null;
  /** Calls to the vendor per second; null for the account's rate limit. */
  readonly requestsPerSecond: number | null;
}

/** The calls per second that a person set for the source's current job; null if there is no such limit. */
export async function findJobSpeed(trx: UserTransaction, dataSourceId: string): Promise<number | null> {
  const row = await trx
    .selectFrom('syncJobs')
    .select('requestsPerSecond')
    .where('dataSourceId', '=', dataSourceId)
    .where('status', '=', 'running')
    .executeTakeFirst();
  return row?.requestsPerSecond ?? null;
}

/** Fields that are not given stay as they are. */
export async function saveJobSpeed(trx: UserTransaction, jobId: string, speed: Partial<JobSpeed>): Promise<void> {
  await trx
    .updateTable('syncJobs')
    .set({ ...speed, updatedAt: sql<Date>`now()` })
    .where('id', '=', jobId)
    .execute();
}
