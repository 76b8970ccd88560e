/** Makes Temporal's schedules match the rows: at start-up in both directions, and after each change to a source. */

import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { asUser, ownerOf, usersWithSchedules } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findWantedSchedules, saveRunTimes, type WantedSchedule } from '../../db/sources/scheduled-syncs.ts';
import { scheduleIds } from '../../domain/contract.ts';
import { applySchedule, deleteSchedule, describeSchedule, findAction } from './temporal-schedules.ts';

export interface ScheduleDependencies {
  readonly db: Kysely<Database>;
  readonly temporal: Client;
  readonly taskQueue: string;
}

/** How often changes are applied that arrive while earlier ones are. A later change or start-up applies the rest. */
const maxRounds = 5;

/**
 * Updates one source's schedules, until its rows are as they were read: two changes at the same time may reach Temporal in
 * the other order, and a start-up takes a while. If Temporal is unavailable, the next start-up does it.
 * @returns the schedules that Temporal rejects; they do not prevent others from being applied
 */
export async function reconcileSource(
  deps: ScheduleDependencies,
  userId: string,
  dataSourceId: string,
): Promise<string[]> {
  let refused: string[] = [];
  let applied: readonly WantedSchedule[] | null = null;
  for (let round = 0; round < maxRounds; round++) {
    const wanted = await wantedOf(deps, userId, dataSourceId);
    if (isDeepStrictEqual(wanted, applied)) break;
    const ours = [scheduleIds.frequency(dataSourceId), ...(applied ?? []).map(({ scheduleId }) => scheduleId)];
    const unwanted = ours.filter((scheduleId) => !wanted.some((schedule) => schedule.scheduleId === scheduleId));
    for (const scheduleId of unwanted) await deleteSchedule(deps.temporal, scheduleId);
    refused = await applyEach(deps, wanted);
    applied = wanted;
  }
  return refused;
}

/** Creates missing schedules for rows, and deletes our schedules that have no row. */
export async function reconcileAll(
  deps: ScheduleDependencies,
): Promise<{ applied: number; deleted: number; refused: string[] }> {
  const seen = new Set<string>();
  const refused: string[] = [];
  for (const userId of await usersWithSchedules(deps.db)) {
    const wanted = await wantedOf(deps, userId);
    for (const dataSourceId of new Set(wanted.map((schedule) => schedule.dataSourceId)))
      refused.push(...(await reconcileSource(deps, userId, dataSourceId)));
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
      // The SDK's form of Temporal's "invalid argument". Any other error concerns all schedules, not just this one.
      if (!(error instanceof TypeError)) throw error;
      refused.push(schedule.scheduleId);
    }
  }
  return refused;
}

async function deleteOrphans(deps: ScheduleDependencies, seen: ReadonlySet<string>): Promise<number> {
  let deleted = 0;
  for await (const { scheduleId } of deps.temporal.schedule.list()) {
    if (!scheduleIds.isOurs(scheduleId) || seen.has(scheduleId) || !(await isOrphan(deps, scheduleId))) continue;
    await deleteSchedule(deps.temporal, scheduleId);
    deleted++;
  }
  return deleted;
}

async function isOrphan(deps: ScheduleDependencies, scheduleId: string): Promise<boolean> {
  const action = await findAction(deps.temporal, scheduleId);
  // Another Headwater may share the namespace; the task queue tells them apart.
  const dataSourceId = z.uuid().safeParse(action?.dataSourceId).data;
  if (action?.taskQueue !== deps.taskQueue || dataSourceId === undefined) return false;
  const userId = await ownerOf(deps.db, 'data_sources', dataSourceId);
  if (userId === null) return true;
  // Checks again, because the row may have been inserted since the rows were read.
  const wanted = await wantedOf(deps, userId);
  return !wanted.some((schedule) => schedule.scheduleId === scheduleId);
}

async function apply(deps: ScheduleDependencies, schedule: WantedSchedule): Promise<void> {
  await applySchedule(deps.temporal, deps.taskQueue, schedule);
  const state = await describeSchedule(deps.temporal, schedule.scheduleId);
  if (state !== null && schedule.rowId !== null) {
    const { rowId } = schedule;
    await asUser(deps.db, schedule.userId, (trx) => saveRunTimes(trx, rowId, state));
  }
}

async function wantedOf(deps: ScheduleDependencies, userId: string, dataSourceId?: string): Promise<WantedSchedule[]> {
  return await asUser(deps.db, userId, (trx) => findWantedSchedules(trx, userId, dataSourceId));
}
