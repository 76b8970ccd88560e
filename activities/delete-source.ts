import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { asUser } from '../db/as-user.ts';
import { deleteDataSource, findDocumentIds, keepDocuments } from '../db/data-sources.ts';
import { findActiveJob, markInterrupted } from '../db/job-lease.ts';
import { deleteDocuments } from '../db/removal.ts';
import { findWantedSchedules } from '../db/scheduled-syncs.ts';
import { deleteSchedule } from '../schedules/temporal-schedules.ts';
import { dropUnusedVectors } from './close-page.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { step } from './step.ts';

interface SourceToDelete {
  readonly dataSourceId: string;
  readonly userId: string;
  readonly keepDocuments: boolean;
}

const documentsPerStep = 200;
/** How long a job that was told to stop may take, before it is cut off, in milliseconds. */
const patienceMs = 60_000;

/** Ends its schedules, cancels the job that holds the source and waits for its end. The source is inactive already: no new one starts. */
export const stopJobOf = (deps: ActivityDependencies) =>
  step(deps, async ({ userId, dataSourceId }: SourceToDelete, { signal }): Promise<void> => {
    await deleteSchedulesOf(deps, userId, dataSourceId);
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const holder = await asUser(deps.db, userId, async (trx) => await findActiveJob(trx, dataSourceId));
      if (holder === undefined) return;
      const alive = holder.workflowId !== null && (await cancel(deps, holder.workflowId));
      if (!alive || Date.now() > deadline) {
        await asUser(deps.db, userId, async (trx) => await markInterrupted(trx, holder.id));
        await deps.staging.deleteJob(holder.id);
        return;
      }
      await sleep(500, undefined, { signal });
    }
  });

/** @returns how many documents this step removed; 0 when none is left */
export const removeDocumentsOf = (deps: ActivityDependencies) =>
  step(deps, async (source: SourceToDelete): Promise<number> => {
    const removed = await asUser(deps.db, source.userId, async (trx) => {
      const ids = await findDocumentIds(trx, source.dataSourceId, documentsPerStep);
      await deleteDocuments(trx, source, ids);
      return ids.length;
    });
    await dropUnusedVectors(deps, source);
    return removed;
  });

/** The row, and with it items, jobs, ledger and tokens. */
export const removeSource = (deps: ActivityDependencies) =>
  step(deps, async (source: SourceToDelete): Promise<void> => {
    await asUser(deps.db, source.userId, async (trx) => {
      if (source.keepDocuments) await keepDocuments(trx, source.dataSourceId);
      await deleteDataSource(trx, source.dataSourceId);
    });
  });

/** @returns whether there was a living workflow to cancel */
async function cancel(deps: ActivityDependencies, workflowId: string): Promise<boolean> {
  const handle = deps.temporal.workflow.getHandle(workflowId);
  try {
    if ((await handle.describe()).status.name !== 'RUNNING') return false;
    await handle.cancel();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function deleteSchedulesOf(deps: ActivityDependencies, userId: string, dataSourceId: string): Promise<void> {
  const wanted = await asUser(deps.db, userId, async (trx) => await findWantedSchedules(trx, userId, dataSourceId));
  for (const { scheduleId } of wanted) await deleteSchedule(deps.temporal, scheduleId);
}
