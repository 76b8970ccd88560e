/** Computes the result of a dry run from its ledger. */

import { sql } from 'kysely';
import type { RemovalCounts } from '../../domain/guard.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { knownItem } from '../items/item-look-ups.ts';
import { countCandidates } from '../items/removal-candidates.ts';
import type { JobRow } from './job-lifecycle.ts';
import type { JobPlan } from '../tables/sync-jobs.ts';

/** Plain text has about four bytes per token. Used if no document of the same type is known. */
const bytesPerToken = 4;
/** Tokens of a document if neither its size nor others of its type are known. */
const tokensWhereUnknown = 1000;

export interface PlanOptions {
  readonly dollarsPerMillionTokens: number;
  readonly needsApproval: (counts: RemovalCounts) => boolean;
}

/** Adds up what a real job would do now and what it would cost. */
export async function computePlan(trx: UserTransaction, job: JobRow, options: PlanOptions): Promise<JobPlan> {
  const { rows } = await sql<Record<'create' | 'update' | 'retry' | 'skip' | 'keep' | Sizes, string>>`
    with kinds as materialized (${kindsOf(job.dataSourceId)})
    select count(*) filter (where action = 'create') as create,
      count(*) filter (where action in ('update', 'touch', 'reprocess')) as update,
      count(*) filter (where action = 'retry') as retry,
      count(*) filter (where action = 'skip') as skip,
      count(*) filter (where action = 'keep') as keep,
      coalesce(sum(coalesce(nullif(i.size, 0), ${bytesPerToken} * ${usualTokens})) filter (where ${isRead}), 0)::bigint
        as bytes,
      coalesce(sum(coalesce(nullif(i.size, 0) * coalesce(k.tokens_per_byte, ${1 / bytesPerToken}::float8), ${usualTokens}))
        filter (where ${isRead}), 0)::bigint as tokens,
      count(*) filter (where ${isRead} and coalesce(i.size, 0) = 0) as unsized
    from job_items i left join kinds k on k.mime_type = i.mime_type where i.job_id = ${job.id}`.execute(trx);
  const counted = rows[0];
  const { removals, losses, aged, known } = await countCandidates(trx, job.id, job.dataSourceId);
  const work = toNumber(counted?.create) + toNumber(counted?.update) + toNumber(counted?.retry);
  const tokens = toNumber(counted?.tokens);
  return {
    create: toNumber(counted?.create),
    update: toNumber(counted?.update),
    retry: toNumber(counted?.retry),
    remove: removals,
    skip: toNumber(counted?.skip),
    unchanged: toNumber(counted?.keep),
    bytes: toNumber(counted?.bytes),
    unsized: toNumber(counted?.unsized),
    tokens,
    embeddingDollars: (tokens / 1_000_000) * options.dollarsPerMillionTokens,
    estimatedSeconds: await estimateSeconds(trx, job.dataSourceId, work),
    removalsNeedApproval: options.needsApproval({ losses, aged, known }),
  };
}

type Sizes = 'bytes' | 'tokens' | 'unsized';
const isRead = sql`i.action in ('create', 'update', 'retry', 'reprocess')`;
/** The size of an item `i` for which the source reports none: that of other items of its type `k`. */
const usualTokens = sql`coalesce(k.tokens, ${tokensWhereUnknown}::float8)`;

/** The average length of this source's documents by media type, as the basis of an estimate. */
const kindsOf = (dataSourceId: string) => sql`
  select s.mime_type, sum(d.tokens)::float8 / nullif(count(*) filter (where d.archive_id is null), 0) as tokens,
    (sum(d.tokens) filter (where s.size > 0))::float8
      / nullif(sum(s.size) filter (where s.size > 0 and d.archive_id is null), 0) as tokens_per_byte
  from documents d cross join ${knownItem(dataSourceId, sql`d.external_id`)} s
  where d.data_source_id = ${dataSourceId} and d.live_generation is not null group by s.mime_type`;

/** Estimates the duration from the speed of this source's last jobs that downloaded something. */
async function estimateSeconds(trx: UserTransaction, dataSourceId: string, items: number): Promise<number | null> {
  if (items === 0) return 0;
  const { rows } = await sql<{ secondsPerItem: number | null }>`
    select sum(extract(epoch from completed_at - started_at))::float8
      / nullif(sum(items_created + items_updated), 0) as seconds_per_item
    from (select * from sync_jobs
      where data_source_id = ${dataSourceId} and status = 'completed' and not dry_run
        and items_created + items_updated > 0
      order by created_at desc limit 5) recent`.execute(trx);
  const secondsPerItem = rows[0]?.secondsPerItem ?? null;
  return secondsPerItem === null ? null : Math.ceil(secondsPerItem * items);
}

/** Postgres returns counts as bigint, which arrives as text. */
function toNumber(value: string | undefined): number {
  return Number(value ?? 0);
}
