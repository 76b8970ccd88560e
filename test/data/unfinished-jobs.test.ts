/** Which jobs of a source stopped before they had stored everything they listed. */

import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { unfinishedJobs } from '../../db/jobs/unfinished-jobs.ts';
import { createTestDatabase } from '../harness/database.ts';

const dataSourceId = '0190b3c2-0000-7000-8000-000000000001';
/** Jobs in the order of their creation. What a change notification started had a random id. */
const jobs = {
  failedFirst: { id: '0190b3c2-0000-7000-8000-000000000002', status: 'failed', mode: 'feed', dryRun: false },
  completed: { id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479', status: 'completed', mode: 'feed', dryRun: false },
  failed: { id: '0190b3c2-0000-7000-8000-000000000003', status: 'failed', mode: 'feed', dryRun: false },
  planned: { id: '0190b3c2-0000-7000-8000-000000000004', status: 'cancelled', mode: 'full', dryRun: true },
  ofSomeItems: { id: '0190b3c2-0000-7000-8000-000000000005', status: 'completed', mode: 'manual', dryRun: false },
  cancelled: { id: '0190b3c2-0000-7000-8000-000000000006', status: 'cancelled', mode: 'full', dryRun: false },
} as const;

test('those that stopped since the last complete one, in the order of time whatever their ids are', async () => {
  await using database = await createTestDatabase();
  const found = await asUser(database.db, 'ana', async (trx) => {
    await sql`
      insert into data_sources (id, user_id, name, source_type) values (${dataSourceId}, 'ana', 'Files', 'google_drive')`.execute(
      trx,
    );
    const unfinished: string[][] = [];
    for (const [minute, { id, status, mode, dryRun }] of Object.values(jobs).entries()) {
      await sql`
        insert into sync_jobs (id, user_id, data_source_id, job_type, trigger, status, mode, dry_run, created_at)
        values (${id}, 'ana', ${dataSourceId}, 'delta', 'api', ${status}, ${mode}, ${dryRun}, now() + make_interval(mins => ${minute}))`.execute(
        trx,
      );
      const { rows } = await sql<{ id: string }>`${unfinishedJobs(dataSourceId)} order by created_at`.execute(trx);
      unfinished.push(rows.map((row) => row.id));
    }
    return unfinished;
  });
  const { failedFirst, failed, cancelled } = jobs;
  expect(found).toEqual([[failedFirst.id], [], [failed.id], [failed.id], [failed.id], [failed.id, cancelled.id]]);
});
