import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';

/**
 * The jobs of a source (as a list of ids) that stopped before they had stored everything they listed, since the last one
 * that did. The source's position has not moved since, so the next job lists the same changes again. Ids of jobs are in order of time.
 */
export const unfinishedJobs = (dataSourceId: string) => sql`
  select j.id from sync_jobs j
  where j.data_source_id = ${dataSourceId} and j.status in ('failed', 'cancelled') and not j.dry_run
    and j.id > coalesce((select c.id from sync_jobs c
      where c.data_source_id = ${dataSourceId} and c.status = 'completed' and not c.dry_run
        and c.mode in ('full', 'feed', 'window') order by c.id desc limit 1),
      '00000000-0000-0000-0000-000000000000')`;

export async function hasUnfinishedJobs(trx: UserTransaction, dataSourceId: string): Promise<boolean> {
  const { rows } = await sql`${unfinishedJobs(dataSourceId)} limit 1`.execute(trx);
  return rows.length > 0;
}
