import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { asUser } from '../db/access/as-user.ts';
import { deleteDataSource, keepDocuments } from '../db/sources/data-sources.ts';
import {
  countRows,
  deleteRest,
  findDocumentsToDelete,
  findJobIds,
  leaveOutItemOf,
  switchOffSources,
} from '../db/documents/deletion.ts';
import { findActiveJob, markInterrupted } from '../db/jobs/job-lease.ts';
import { deleteDocuments } from '../db/items/removal.ts';
import { findWantedSchedules } from '../db/sources/scheduled-syncs.ts';
import { findAllSpaces } from '../db/vectors/vector-spaces.ts';
import { deleteSchedule, describeSchedule } from '../jobs/schedules/temporal-schedules.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { followVectorChanges } from './support/follow-vector-changes.ts';
import { step } from './support/step.ts';
import type {
  DeletedSource,
  Deletion,
  DeletionScope,
  Revocation,
  SourceRef,
  StoreCounts,
  UserRef,
} from '../domain/contract.ts';

const documentsPerStep = 200;
const sourcesPerStep = 50;
/** How long a job that was told to stop may take, before it is cut off, in milliseconds. */
const timeoutMs = 60_000;

/** What there is, store by store: asked before anything goes and at the end. */
export const countStores = (deps: ActivityDependencies) =>
  step(deps, async ({ userId, scope }: Deletion, { signal }): Promise<StoreCounts> => {
    const { rows, jobIds, schedules, spaces } = await asUser(deps.db, userId, async (trx) => ({
      rows: await countRows(trx, scope),
      jobIds: await findJobIds(trx, scope),
      schedules: scope.kind === 'document' ? [] : await findWantedSchedules(trx, userId, sourceOf(scope)),
      spaces: scope.kind === 'user' ? await findAllSpaces(trx) : [],
    }));
    const existing = await Promise.all(
      schedules.map(async ({ scheduleId }) => await describeSchedule(deps.temporal, scheduleId)),
    );
    const outside = await Promise.all(
      spaces.map(async (space) => await deps.vectors.indexOf(space).countOutside(userId, signal)),
    );
    const staged = await Promise.all(jobIds.map(async (jobId) => await deps.staging.bytesOf(jobId)));
    return {
      ...rows,
      vectorsOutside: outside.reduce((sum, count) => sum + count, 0),
      schedules: existing.filter((schedule) => schedule !== null).length,
      stagedBytes: staged.reduce((sum, bytes) => sum + bytes, 0),
    };
  });

/** Ends its schedules, cancels the job that holds the source and waits for its end. The source is inactive already: no new one starts. */
export const stopJobOf = (deps: ActivityDependencies) =>
  step(deps, async ({ userId, dataSourceId }: SourceRef, { signal }): Promise<void> => {
    await deleteSchedulesOf(deps, userId, dataSourceId);
    const deadline = Date.now() + timeoutMs;
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

/** Ends the sign-in at the vendor. Forgetting the tokens does not wait for a vendor that does not answer. */
export const revokeSignIn = (deps: ActivityDependencies) =>
  step(
    deps,
    async ({ userId, dataSourceId }: SourceRef): Promise<Revocation> => await deps.revokeSignIn(userId, dataSourceId),
  );

/** @returns how many documents this step removed; 0 when none is left */
export const removeDocuments = (deps: ActivityDependencies) =>
  step(deps, async ({ userId, scope }: Deletion, { signal }): Promise<number> => {
    const removed = await asUser(deps.db, userId, async (trx) => {
      const ids = await findDocumentsToDelete(trx, scope, documentsPerStep);
      if (scope.kind === 'document') await leaveOutItemOf(trx, scope.documentId);
      await deleteDocuments(trx, { userId }, ids);
      return ids.length;
    });
    await followVectorChanges(deps, userId, signal, 'wait');
    return removed;
  });

/** The row, and with it items, jobs, ledger and tokens. */
export const removeSource = (deps: ActivityDependencies) =>
  step(deps, async (source: DeletedSource): Promise<void> => {
    await asUser(deps.db, source.userId, async (trx) => {
      if (source.keepDocuments) await keepDocuments(trx, source.dataSourceId);
      await deleteDataSource(trx, source.dataSourceId);
    });
  });

/** Switches all of a user's sources off. @returns some of those that are still there */
export const listSourcesToErase = (deps: ActivityDependencies) =>
  step(
    deps,
    async ({ userId }: UserRef): Promise<string[]> =>
      await asUser(deps.db, userId, async (trx) => await switchOffSources(trx, sourcesPerStep)),
  );

/** Whatever a user has beside sources: documents without one, projects, tags, vectors. */
export const eraseRest = (deps: ActivityDependencies) =>
  step(deps, async ({ userId }: UserRef, { signal }): Promise<void> => {
    for (const space of await asUser(deps.db, userId, findAllSpaces))
      await deps.vectors.indexOf(space).deleteAll(userId, signal);
    await asUser(deps.db, userId, deleteRest);
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

function sourceOf(scope: DeletionScope): string | undefined {
  return scope.kind === 'source' ? scope.dataSourceId : undefined;
}
