/** What those who watch a running job see of its ledger: totals of closed pages, rows of open ones, and a rate. */

import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { readLiveLedger } from '../../db/jobs/job-queries.ts';
import { createTestDatabase } from '../harness/database.ts';

const dataSourceId = '0190b3c2-0000-7000-8000-000000000001';
const jobId = '0190b3c2-0000-7000-8000-000000000002';

test('rows of open pages are counted, and the time of closed ones is divided evenly', async () => {
  await using database = await createTestDatabase();
  const ledger = await asUser(database.db, 'ana', async (trx) => {
    await sql`
      insert into data_sources (id, user_id, name, source_type) values (${dataSourceId}, 'ana', 'Files', 'google_drive')`.execute(
      trx,
    );
    await sql`
      insert into sync_jobs (id, user_id, data_source_id, job_type, trigger, status)
      values (${jobId}, 'ana', ${dataSourceId}, 'full_sync', 'api', 'running')`.execute(trx);
    // The first page ended before the last minute, the second began a minute before it, and the third is open.
    await sql`
      insert into job_pages (job_id, page, user_id, kind, state, items_created, items_unchanged, items_kept, bytes_processed,
        listed_at, closed_at)
      values (${jobId}, 1, 'ana', 'listing', 'closed', 500, 0, 0, 900, now() - interval '5 min', now() - interval '2 min'),
        (${jobId}, 2, 'ana', 'listing', 'closed', 200, 40, 40, 100, now() - interval '2 min', now()),
        (${jobId}, 3, 'ana', 'listing', 'listed', 0, 0, 7, 0, now() - interval '10 s', null)`.execute(trx);
    await sql`
      insert into job_items (job_id, user_id, data_source_id, page, external_id, state, outcome, bytes, updated_at)
      values (${jobId}, 'ana', ${dataSourceId}, 2, 'closed', 'done', 'created', 5, now()),
        (${jobId}, 'ana', ${dataSourceId}, 3, 'a', 'planned', null, 0, now()),
        (${jobId}, 'ana', ${dataSourceId}, 3, 'b', 'downloaded', null, 0, now()),
        (${jobId}, 'ana', ${dataSourceId}, 3, 'c', 'transformed', null, 0, now()),
        (${jobId}, 'ana', ${dataSourceId}, 3, 'd', 'done', 'created', 30, now()),
        (${jobId}, 'ana', ${dataSourceId}, 3, 'e', 'done', 'failed', 0, now() - interval '2 min')`.execute(trx);
    return await readLiveLedger(trx, jobId);
  });
  expect(ledger).toEqual({
    counts: { found: 752, created: 701, updated: 0, unchanged: 47, removed: 0, skipped: 0, failed: 1, bytes: 1030 },
    stages: { waiting: 1, downloaded: 1, transformed: 1, endedOfLate: 121 },
  });
});
