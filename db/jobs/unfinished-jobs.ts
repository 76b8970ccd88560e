import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

/**
 * The jobs of a source (as a list of ids) that stopped before they had stored everything they listed, since the last one
 * that did. The source's position has not moved since, so the next job lists the same changes again. Up to 1.0.0-rc.2, ids of jobs
 * that a change notification started are not in order of time.
 */
export const unfinishedJobs = (dataSourceId: string) => sql`
  select j.id from sync_jobs j
  where j.data_source_id = ${dataSourceId} and j.status in ('failed', 'cancelled') and not j.dry_run
    and ((j.created_at, j.id) > (select c.created_at, c.id from sync_jobs c
      where c.data_source_id = ${dataSourceId} and c.status = 'completed' and not c.dry_run
        and c.mode in ('full', 'feed', 'window') order by c.created_at desc, c.id desc limit 1)) is not false`;

export async function hasUnfinishedJobs(trx: UserTransaction, dataSourceId: string): Promise<boolean> {
  const { rows } = await sql`${unfinishedJobs(dataSourceId)} limit 1`.execute(trx);
  return rows.length > 0;
}
