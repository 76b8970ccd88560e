/** A batch that ended its worker, or kept it from breathing, is cut smaller at each new attempt, down to one item. */

import { noteAlone, type LedgerItem, recordProblems } from '../../db/jobs/ledger.ts';
import type { BatchRef } from '../../domain/contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withJobLease } from './step.ts';

/** What each heartbeat of an attempt says, for the attempt after it. */
export interface Heartbeat {
  /** Items that were taken at once; null: the whole batch. */
  readonly size: number | null;
  /** It failed in words of its own. An attempt whose last word is another was broken off: its worker died or stood still. */
  readonly hasEnded: boolean;
}

const firstCut = 8;
/** So often an item may break an attempt off while it is the only one at work: once may be chance. */
const deathsAlone = 2;

/** @param last the last heartbeat of the attempt before, if there was one */
export function sizeAfter(last: Heartbeat | undefined): number | null {
  if (last === undefined) return null;
  if (last.hasEnded) return last.size;
  return last.size === null ? firstCut : 1;
}

/**
 * Works on the items of a batch: all at once, or in parts where an attempt before was broken off. What broke off attempt
 * after attempt while it was alone at work fails alone, so that it ends no more workers.
 */
export async function inParts(
  deps: ActivityDependencies,
  ref: BatchRef,
  size: number | null,
  items: readonly LedgerItem[],
  work: (items: readonly LedgerItem[]) => Promise<void>,
): Promise<void> {
  if (size === null) {
    await work(items);
    return;
  }
  deps.logger.warn(
    { jobId: ref.jobId, page: ref.page, batch: ref.batch, size },
    'an attempt was broken off; the batch is cut',
  );
  if (size === 1) {
    // One at a time in this process: whoever else was at work when it died is not to blame.
    for (const item of items) await deps.oneAtATime(async () => await alone(deps, ref, item, work));
    return;
  }
  for (let at = 0; at < items.length; at += size) await work(items.slice(at, at + size));
}

async function alone(
  deps: ActivityDependencies,
  ref: BatchRef,
  item: LedgerItem,
  work: (items: readonly LedgerItem[]) => Promise<void>,
): Promise<void> {
  const { externalId } = item.ref;
  if (item.attemptsAlone >= deathsAlone) {
    const problem = { externalId, outcome: 'failed', ...crashedWorker } as const;
    await withJobLease(deps, ref, async (trx) => await recordProblems(trx, ref, [problem]));
    return;
  }
  await withJobLease(deps, ref, async (trx) => await noteAlone(trx, ref, externalId, item.attemptsAlone + 1));
  try {
    await work([item]);
  } finally {
    // Not reached where it ends the process.
    await withJobLease(deps, ref, async (trx) => await noteAlone(trx, ref, externalId, 0));
  }
}

const crashedWorker = {
  code: 'crashed_worker',
  message:
    'Working on this item ended the worker, or kept it from going on, again and again. It was left out so that the others could go on; the next sync tries it again.',
} as const;
