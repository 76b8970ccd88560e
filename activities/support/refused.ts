import type { Refused } from '../../db/access/halves.ts';
import { problemOfRefused, recordProblems } from '../../db/jobs/ledger.ts';
import type { PageRef } from '../../domain/contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { ActivityTransactions } from './activity.ts';

/** Ends items that the database rejects, each on its own. The next job retries them. */
export async function endRefused(
  deps: ActivityDependencies,
  ref: PageRef,
  refused: readonly Refused<{ readonly externalId: string }>[],
  { withJobLease }: ActivityTransactions,
): Promise<void> {
  if (refused.length === 0) return;
  deps.logger.warn(
    { jobId: ref.jobId, sqlStates: refused.map(({ sqlState }) => sqlState) },
    'items were rejected by the database',
  );
  const problems = refused.map(({ item, sqlState }) => problemOfRefused(item.externalId, sqlState));
  await withJobLease((trx) => recordProblems(trx, ref, problems));
}
