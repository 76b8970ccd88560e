/** Each row with recurring runs is one Temporal Schedule. The row is the intent, and Temporal runs it. */

import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { WantedSchedule } from '../../db/sources/scheduled-syncs.ts';
import { type SyncJobInput, workflowTypes } from '../../domain/contract.ts';
import type { Schedule } from '../../domain/schedules.ts';
import { toCron } from './schedule-config.ts';
import { userKey } from '../../domain/user-key.ts';
import { PayloadUnreadableError } from '../../domain/errors.ts';

export interface ScheduleState {
  readonly nextRunAt: Date | null;
  readonly isPausedByOperator: boolean;
  readonly lastRunAt: Date | null;
  /** Runs that were skipped because an earlier one of this schedule was still running. */
  readonly skippedRuns: number;
}

/** The note of a schedule that we paused. Another note means that an operator paused it, and it is not changed. */
const ourNote = 'Paused by Headwater: the source or the schedule is switched off, or the source needs a new sign-in.';
const ourNotes = [ourNote, 'Paused by Headwater: the source or the schedule is switched off.'];

/**
 * Creates or updates the schedule. Repeating it changes nothing, except that its input is encrypted with the current key. A
 * schedule has no memo, because Temporal never changes one: its key would be needed for as long as the schedule exists.
 */
export async function applySchedule(client: Client, taskQueue: string, wanted: WantedSchedule): Promise<void> {
  const { scheduleId, isActive } = wanted;
  const options = optionsOf(taskQueue, wanted);
  const state = isActive ? { paused: false } : { paused: true, note: ourNote };
  const create = () => client.schedule.create({ ...options, scheduleId, state });
  try {
    await create();
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    if (await updateSchedule(client, scheduleId, { ...options, state })) return;
    await deleteSchedule(client, scheduleId);
    await create();
  }
}

/** @returns false if the schedule cannot be decrypted, since its key was lost */
async function updateSchedule(
  client: Client,
  scheduleId: string,
  wanted: ReturnType<typeof optionsOf> & { readonly state: { readonly paused: boolean; readonly note?: string } },
): Promise<boolean> {
  try {
    await client.schedule.getHandle(scheduleId).update(({ state: now }) => {
      return { ...wanted, state: isPausedByOperator(now) ? { paused: true, note: now.note ?? '' } : wanted.state };
    });
    return true;
  } catch (error) {
    if (error instanceof PayloadUnreadableError) return false;
    throw error;
  }
}

function isPausedByOperator({ paused, note }: { readonly paused: boolean; readonly note?: string }): boolean {
  return paused && !ourNotes.includes(note ?? '');
}

/** Returns what a schedule starts, and where; null if there is no such schedule or it cannot be decrypted. */
export async function findAction(
  client: Client,
  scheduleId: string,
): Promise<{ readonly taskQueue: string; readonly dataSourceId: unknown } | null> {
  try {
    const { action } = await client.schedule.getHandle(scheduleId).describe();
    const [input] = (action.args ?? []) as readonly (Partial<SyncJobInput> | null)[];
    return { taskQueue: action.taskQueue, dataSourceId: input?.dataSourceId };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError || error instanceof PayloadUnreadableError) return null;
    throw error;
  }
}

/** Deletes the schedule; one that does not exist counts as deleted. */
export async function deleteSchedule(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Returns what Temporal knows about the next and the last run; null if it has no such schedule. */
export async function describeSchedule(client: Client, scheduleId: string): Promise<ScheduleState | null> {
  try {
    const { info, state } = await client.schedule.getHandle(scheduleId).describe();
    return {
      nextRunAt: state.paused ? null : (info.nextActionTimes[0] ?? null),
      isPausedByOperator: isPausedByOperator(state),
      lastRunAt: info.recentActions.at(-1)?.takenAt ?? null,
      skippedRuns: info.numActionsSkippedOverlap,
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

function optionsOf(taskQueue: string, wanted: WantedSchedule) {
  const input: SyncJobInput = { dataSourceId: wanted.dataSourceId, jobType: 'incremental', trigger: 'schedule' };
  const { schedule } = wanted;
  return {
    spec: specOf(schedule),
    action: {
      type: 'startWorkflow' as const,
      workflowType: workflowTypes.syncJob,
      taskQueue,
      workflowId: wanted.scheduleId,
      args: [input],
      staticSummary: 'Scheduled sync',
      typedSearchAttributes: new TypedSearchAttributes([
        { key: { name: 'UserId', type: SearchAttributeType.KEYWORD }, value: userKey(wanted.userId) },
        { key: { name: 'DataSourceId', type: SearchAttributeType.KEYWORD }, value: wanted.dataSourceId },
      ]),
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: `${schedule.catchUpMinutes} minutes` as const },
  };
}

function specOf(schedule: Schedule) {
  const shared = { timezone: schedule.timeZone, jitter: `${schedule.jitterMinutes} minutes` as const };
  return schedule.type === 'interval'
    ? { ...shared, intervals: [{ every: `${schedule.everyMinutes} minutes` as const }] }
    : { ...shared, cronExpressions: [toCron(schedule)] };
}
