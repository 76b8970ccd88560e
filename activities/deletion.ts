import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { deleteDataSource, keepDocuments } from '../db/sources/data-sources.ts';
import {
  countRows,
  deleteRest,
  findDocumentsToDelete,
  findJobIds,
  excludeItemOf,
  switchOffSources,
} from '../db/documents/deletion.ts';
import { findActiveJob } from '../db/jobs/job-lease.ts';
import { markInterrupted } from '../db/jobs/job-lifecycle.ts';
import { deleteDocuments } from '../db/items/removal.ts';
import { findWantedSchedules } from '../db/sources/scheduled-syncs.ts';
import { findAllSpaces } from '../db/vectors/vector-spaces.ts';
import { deleteSchedule, describeSchedule } from '../jobs/schedules/temporal-schedules.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { followVectorChanges } from './support/follow-vector-changes.ts';
import { activity } from './support/activity.ts';
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
/** How long a cancelled job may take to end, in milliseconds. After that its row is ended, and what it still does is rejected. */
const timeoutMs = 60_000;

/** Counts the rows and objects store by store, before the deletion and at its end. */
export const countStores = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId, scope }: Deletion, { asUser, signal }): Promise<StoreCounts> => {
    const { rows, jobIds, schedules, spaces } = await asUser(async (trx) => ({
      rows: await countRows(trx, scope),
      jobIds: await findJobIds(trx, scope),
      schedules: scope.kind === 'document' ? [] : await findWantedSchedules(trx, userId, sourceOf(scope)),
      spaces: scope.kind === 'user' ? await findAllSpaces(trx) : [],
    }));
    const existing = await Promise.all(schedules.map(({ scheduleId }) => describeSchedule(deps.temporal, scheduleId)));
    const outside = await Promise.all(spaces.map((space) => deps.vectors.indexOf(space).countOutside(userId, signal)));
    const staged = await Promise.all((await withStagedBytes(deps, jobIds)).map((jobId) => deps.staging.bytesOf(jobId)));
    return {
      ...rows,
      vectorsOutside: outside.reduce((sum, count) => sum + count, 0),
      schedules: existing.filter((schedule) => schedule !== null).length,
      stagedBytes: staged.reduce((sum, bytes) => sum + bytes, 0),
    };
  });

/**
 * Deletes the source's schedules, cancels the job that holds it and waits for the job's end. The source is already
 * inactive, so no new job starts.
 */
export const stopJobOf = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId, dataSourceId }: SourceRef, { asUser, signal }): Promise<void> => {
    const wanted = await asUser((trx) => findWantedSchedules(trx, userId, dataSourceId));
    for (const { scheduleId } of wanted) await deleteSchedule(deps.temporal, scheduleId);
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const holder = await asUser((trx) => findActiveJob(trx, dataSourceId));
      if (holder === undefined) return;
      const alive = holder.workflowId !== null && (await cancel(deps, holder.workflowId));
      if (!alive || Date.now() > deadline) {
        await asUser((trx) => markInterrupted(trx, holder.id));
        await deps.staging.deleteJob(holder.id);
        return;
      }
      await sleep(500, undefined, { signal });
    }
  });

/** Revokes the sign-in at the vendor. The tokens are deleted even if the vendor does not answer. */
export const revokeSignIn = (deps: ActivityDependencies) =>
  activity(deps, ({ userId, dataSourceId }: SourceRef): Promise<Revocation> =>
    deps.revokeAtVendor(userId, dataSourceId),
  );

/** @returns the number of documents that this call removed; 0 when none are left */
export const removeDocuments = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId, scope }: Deletion, context): Promise<number> => {
    const removed = await context.asUser(async (trx) => {
      const ids = await findDocumentsToDelete(trx, scope, documentsPerStep);
      if (scope.kind === 'document') await excludeItemOf(trx, scope.documentId);
      await deleteDocuments(trx, { userId }, ids);
      return ids.length;
    });
    await followVectorChanges(deps, userId, context, 'wait');
    return removed;
  });

/**
 * Deletes the row, and with it items, jobs, ledger and tokens. What terminated jobs have staged is deleted before it,
 * because afterwards nobody knows whose bytes these are.
 */
export const removeSource = (deps: ActivityDependencies) =>
  activity(deps, async (source: DeletedSource, { asUser }): Promise<void> => {
    const jobIds = await asUser((trx) => findJobIds(trx, { kind: 'source', ...source }));
    for (const jobId of await withStagedBytes(deps, jobIds)) await deps.staging.deleteJob(jobId);
    await asUser(async (trx) => {
      if (source.keepDocuments) await keepDocuments(trx, source.dataSourceId);
      await deleteDataSource(trx, source.dataSourceId);
    });
  });

/** A source may have had thousands of jobs, and few jobs have staged bytes at any time. */
async function withStagedBytes({ staging }: ActivityDependencies, jobIds: readonly string[]): Promise<string[]> {
  const staged = new Set(await staging.jobs());
  return jobIds.filter((jobId) => staged.has(jobId));
}

/** Deactivates all of a user's sources. @returns some of those that still exist */
export const listSourcesToErase = (deps: ActivityDependencies) =>
  activity(deps, (_user: UserRef, { asUser }): Promise<string[]> =>
    asUser((trx) => switchOffSources(trx, sourcesPerStep)),
  );

/** Deletes everything else of a user: documents without a source, projects, tags, vectors. */
export const eraseRest = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId }: UserRef, { asUser, signal }): Promise<void> => {
    for (const space of await asUser(findAllSpaces)) await deps.vectors.indexOf(space).deleteAll(userId, signal);
    await asUser(deleteRest);
  });

/** @returns whether there was a running workflow to cancel */
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

function sourceOf(scope: DeletionScope): string | undefined {
  return scope.kind === 'source' ? scope.dataSourceId : undefined;
}
