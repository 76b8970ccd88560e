/** Rows and schedules, made equal: at start-up in both directions, and after each change of a source. */

import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import { asUser, usersWithSchedules } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findWantedSchedules, saveRunTimes, type WantedSchedule } from '../../db/sources/scheduled-syncs.ts';
import { scheduleIds } from '../../domain/contract.ts';
import { applySchedule, deleteSchedule, describeSchedule } from './temporal-schedules.ts';

export interface ScheduleDependencies {
  readonly db: Kysely<Database>;
  readonly temporal: Client;
  readonly taskQueue: string;
}

/**
 * Brings one source's schedules up to date. What Temporal cannot be told now, the next start-up tells it.
 * @returns the schedules that Temporal refuses; they keep no other from being applied
 */
export async function reconcileSource(
  deps: ScheduleDependencies,
  userId: string,
  dataSourceId: string,
): Promise<string[]> {
  const wanted = await wantedOf(deps, userId, dataSourceId);
  const frequency = scheduleIds.frequency(dataSourceId);
  if (!wanted.some((schedule) => schedule.scheduleId === frequency)) await deleteSchedule(deps.temporal, frequency);
  return await applyEach(deps, wanted);
}

/** A row without a schedule gets one; a schedule of ours without a row goes. */
export async function reconcileAll(
  deps: ScheduleDependencies,
): Promise<{ applied: number; deleted: number; refused: string[] }> {
  const seen = new Set<string>();
  const refused: string[] = [];
  for (const userId of await usersWithSchedules(deps.db)) {
    const wanted = await wantedOf(deps, userId);
    refused.push(...(await applyEach(deps, wanted)));
    for (const { scheduleId } of wanted) seen.add(scheduleId);
  }
  return { applied: seen.size - refused.length, deleted: await deleteOrphans(deps, seen), refused };
}

async function applyEach(deps: ScheduleDependencies, wanted: readonly WantedSchedule[]): Promise<string[]> {
  const refused: string[] = [];
  for (const schedule of wanted) {
    try {
      await apply(deps, schedule);
    } catch (error) {
      // What the SDK makes of Temporal's "invalid argument". Anything else concerns all schedules, not this one.
      if (!(error instanceof TypeError)) throw error;
      refused.push(schedule.scheduleId);
    }
  }
  return refused;
}

async function deleteOrphans(deps: ScheduleDependencies, seen: ReadonlySet<string>): Promise<number> {
  let deleted = 0;
  for await (const { scheduleId, memo } of deps.temporal.schedule.list()) {
    const userId = memo?.['userId'];
    // Another Headwater may share the namespace; its task queue tells.
    const isOurs = scheduleIds.isOurs(scheduleId) && memo?.['taskQueue'] === deps.taskQueue;
    if (!isOurs || seen.has(scheduleId) || typeof userId !== 'string') continue;
    // Asked once more: the row may have come since the rows were read.
    const wanted = await wantedOf(deps, userId);
    if (wanted.some((schedule) => schedule.scheduleId === scheduleId)) continue;
    await deleteSchedule(deps.temporal, scheduleId);
    deleted++;
  }
  return deleted;
}

async function apply(deps: ScheduleDependencies, schedule: WantedSchedule): Promise<void> {
  await applySchedule(deps.temporal, deps.taskQueue, schedule);
  const state = await describeSchedule(deps.temporal, schedule.scheduleId);
  if (state !== null && schedule.rowId !== null) {
    const { rowId } = schedule;
    await asUser(deps.db, schedule.userId, async (trx) => await saveRunTimes(trx, rowId, state));
  }
}

async function wantedOf(deps: ScheduleDependencies, userId: string, dataSourceId?: string): Promise<WantedSchedule[]> {
  return await asUser(deps.db, userId, async (trx) => await findWantedSchedules(trx, userId, dataSourceId));
}
