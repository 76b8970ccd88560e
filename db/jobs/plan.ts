/** What a dry run found out, from its ledger. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { countCandidates } from '../items/removal-candidates.ts';
import type { JobRow } from './job-lifecycle.ts';
import type { JobPlan } from '../tables/sync-jobs.ts';

/** Text takes about four bytes a token; formats with markup less. Good enough to plan with, and named an estimate. */
const bytesPerToken = 4;
/** Native documents carry no size; a typical one. */
const bytesWhereUnknown = 20_000;

export interface PlanOptions {
  readonly dollarsPerMillionTokens: number;
  readonly needsApproval: (removals: number, known: number) => boolean;
}

/** Adds up what a real job would do now, and what that would cost. */
export async function computePlan(trx: UserTransaction, job: JobRow, options: PlanOptions): Promise<JobPlan> {
  const { rows } = await sql<Record<'create' | 'update' | 'retry' | 'skip' | 'keep' | 'bytes', string>>`
    select count(*) filter (where action = 'create') as create,
      count(*) filter (where action in ('update', 'touch', 'reprocess')) as update,
      count(*) filter (where action = 'retry') as retry,
      count(*) filter (where action = 'skip') as skip,
      count(*) filter (where action = 'keep') as keep,
      coalesce(sum(coalesce(nullif(size, 0), ${bytesWhereUnknown}))
        filter (where action in ('create', 'update', 'retry', 'reprocess')), 0) as bytes
    from job_items where job_id = ${job.id}`.execute(trx);
  const counted = rows[0];
  const { removals, losses, known } = await countCandidates(trx, job.id, job.dataSourceId);
  const work = toNumber(counted?.create) + toNumber(counted?.update) + toNumber(counted?.retry);
  const tokens = Math.ceil(toNumber(counted?.bytes) / bytesPerToken);
  return {
    create: toNumber(counted?.create),
    update: toNumber(counted?.update),
    retry: toNumber(counted?.retry),
    remove: removals,
    skip: toNumber(counted?.skip),
    unchanged: toNumber(counted?.keep),
    bytes: toNumber(counted?.bytes),
    tokens,
    embeddingDollars: (tokens / 1_000_000) * options.dollarsPerMillionTokens,
    estimatedSeconds: await estimateSeconds(trx, job.dataSourceId, work),
    removalsNeedApproval: options.needsApproval(losses, known),
  };
}

/** By the pace of this source's last jobs that really moved something. */
async function estimateSeconds(trx: UserTransaction, dataSourceId: string, items: number): Promise<number | null> {
  if (items === 0) return 0;
  const { rows } = await sql<{ pace: number | null }>`
    select sum(extract(epoch from completed_at - started_at))::float8
      / nullif(sum(items_created + items_updated), 0) as pace
    from (select * from sync_jobs
      where data_source_id = ${dataSourceId} and status = 'completed' and not dry_run
        and items_created + items_updated > 0
      order by created_at desc limit 5) recent`.execute(trx);
  const pace = rows[0]?.pace ?? null;
  return pace === null ? null : Math.ceil(pace * items);
}

/** Postgres counts in bigint, which arrives as text. */
function toNumber(value: string | undefined): number {
  return Number(value ?? 0);
}
