/**
 * A batch that crashed its worker or blocked its event loop is divided into smaller parts at each new attempt, down to
 * one item.
 */

import { noteAlone, type LedgerItem, recordProblems } from '../../db/jobs/ledger.ts';
import type { BatchRef, Heartbeat } from '../../domain/contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { ActivityContext, ActivityTransactions } from './activity.ts';

const firstCut = 8;
/**
 * An item that interrupts this many attempts while it is processed alone is given up. A single time may be a
 * coincidence.
 */
const deathsAlone = 2;

/**
 * An attempt that ended with a regular error has sent a heartbeat, so one without any was interrupted.
 * @param last the last heartbeat of the previous attempt, if there was one
 * @param attempt counted from 1
 */
export function sizeAfter(last: Heartbeat | undefined, attempt: number): number | null {
  if (last === undefined) return attempt === 1 ? null : firstCut;
  if (last.hasEnded) return last.size;
  return last.size === null ? firstCut : 1;
}

/**
 * Processes the items of a batch: all at once, or in parts if a previous attempt was interrupted. An item that
 * repeatedly interrupts attempts while it is processed alone fails, so that it crashes no more workers.
 */
export async function inParts(
  deps: ActivityDependencies,
  ref: BatchRef,
  context: ActivityContext,
  items: readonly LedgerItem[],
  work: (items: readonly LedgerItem[]) => Promise<void>,
): Promise<void> {
  const { size } = context;
  if (size === null) {
    await work(items);
    return;
  }
  deps.logger.warn(
    { jobId: ref.jobId, page: ref.page, batch: ref.batch, size },
    'an attempt was interrupted; the batch is divided',
  );
  if (size === 1) {
    // One at a time in this process, so that no other item can be blamed for a crash.
    for (const item of items) await deps.oneAtATime(() => alone(context, ref, item, work));
    return;
  }
  for (let at = 0; at < items.length; at += size) await work(items.slice(at, at + size));
}

async function alone(
  { withJobLease }: ActivityTransactions,
  ref: BatchRef,
  item: LedgerItem,
  work: (items: readonly LedgerItem[]) => Promise<void>,
): Promise<void> {
  const { externalId } = item.ref;
  if (item.attemptsAlone >= deathsAlone) {
    const problem = { externalId, outcome: 'failed', ...crashedWorker } as const;
    await withJobLease((trx) => recordProblems(trx, ref, [problem]));
    return;
  }
  await withJobLease((trx) => noteAlone(trx, ref, externalId, item.attemptsAlone + 1));
  try {
    await work([item]);
  } finally {
    // Not reached if the item crashes the process.
    await withJobLease((trx) => noteAlone(trx, ref, externalId, 0));
  }
}

const crashedWorker = {
  code: 'crashed_worker',
  message:
    'Processing this item crashed or blocked the worker several times, so it was set aside to let the others continue. The next sync tries it again.',
} as const;
