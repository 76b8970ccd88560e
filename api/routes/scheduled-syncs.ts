import pLimit from 'p-limit';
import type { FastifyBaseLogger } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { countOwned } from '../../db/access/count-owned.ts';
import { findDataSource } from '../../db/sources/data-sources.ts';
import {
  createScheduledSync,
  deleteScheduledSync,
  findScheduledSync,
  findWantedSchedules,
  listScheduledSyncs,
  type ScheduledSync,
  updateScheduledSync,
  type WantedSchedule,
} from '../../db/sources/scheduled-syncs.ts';
import { scheduleIds } from '../../domain/contract.ts';
import { type Schedule, type ScheduleType, scheduleTypes } from '../../domain/schedules.ts';
import { reconcileSource } from '../../jobs/schedules/reconcile.ts';
import { nextRuns, readSchedule } from '../../jobs/schedules/schedule-config.ts';
import { deleteSchedule, describeSchedule, type ScheduleState } from '../../jobs/schedules/temporal-schedules.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, Problem, tooMany } from '../problem.ts';
import * as schemas from '../schemas.ts';

const root = '/api/scheduled-syncs';
const describeConcurrency = 8;
const shownRuns = 5;
/** Timeout for Temporal when schedules are listed or changed, for all of a request. Their rows are the source of truth either way. */
const describeTimeoutMs = 3000;
const notifyTimeoutMs = 10_000;
const type = z.enum(scheduleTypes);
const config = z
  .record(z.string(), z.unknown())
  .describe(
    'cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes',
  );
const answer = z.object({ scheduledSync: schemas.scheduledSync });

/** Recurring syncs in addition to a source's own frequency. Each row is a Temporal Schedule. */
export const scheduledSyncRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(readRoutes(deps));
    await app.register(writeRoutes(deps));
    await app.register(changeRoutes(deps));
  };

const readRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(root, {
      schema: {
        summary: 'List recurring syncs',
        querystring: z.strictObject({ dataSourceId: schemas.id.optional() }),
        response: { 200: z.object({ scheduledSyncs: z.array(schemas.scheduledSync) }) },
      },
      handler: async ({ read, query }) => {
        const rows = await read(async (trx) => {
          if (query.dataSourceId !== undefined) found(await findDataSource(trx, query.dataSourceId), 'data source');
          return await listScheduledSyncs(trx, query.dataSourceId);
        });
        const ask = asking(deps);
        return { scheduledSyncs: await Promise.all(rows.map((row) => show(ask, row))) };
      },
    });

    app.get(`${root}/:id`, {
      schema: {
        summary: 'Show a recurring sync',
        params: z.strictObject({ id: schemas.id }),
        response: { 200: answer },
      },
      handler: async ({ read, params: { id } }) => {
        const row = found(await read((trx) => findScheduledSync(trx, id)), 'scheduled sync');
        return { scheduledSync: await show(asking(deps), row) };
      },
    });

    app.get(`${root}/next-runs`, {
      schema: {
        summary: 'List the next run of each source, by its own frequency or a recurring sync',
        description: 'Times are before jitter. Sources that have no schedule or are paused are not listed.',
        response: { 200: z.object({ nextRuns: z.array(z.object({ dataSourceId: schemas.id, at: schemas.time })) }) },
      },
      handler: async ({ userId, read }) => {
        const wanted = (await read((trx) => findWantedSchedules(trx, userId))).filter(({ isActive }) => isActive);
        return { nextRuns: await soonestOf(asking(deps), wanted) };
      },
    });

    app.post(`${root}/preview`, {
      schema: {
        summary: 'Preview the runs of a schedule',
        body: z.strictObject({ scheduleType: type, scheduleConfig: config }),
        response: { 200: z.object({ nextRuns: z.array(schemas.time) }) },
      },
      handler: ({ body }) => ({ nextRuns: runsOf(check(body.scheduleType, body.scheduleConfig)) }),
    });
  };

const writeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(root, {
      schema: {
        summary: 'Add a recurring sync',
        body: z.strictObject({
          dataSourceId: schemas.id,
          scheduleType: type,
          scheduleConfig: config,
          isActive: z.boolean().default(true),
        }),
        response: { 201: answer },
      },
      handler: async ({ userId, write, body, log }, reply) => {
        const scheduleConfig = toStored(check(body.scheduleType, body.scheduleConfig));
        const row = await write(async (trx) => {
          found(await findDataSource(trx, body.dataSourceId), 'data source');
          if ((await countOwned(trx, 'scheduled_syncs', userId)) >= deps.config.maxPerUser.schedules)
            throw tooMany('schedules', deps.config.maxPerUser.schedules);
          return await createScheduledSync(trx, { ...body, userId, scheduleConfig });
        });
        await applySchedules(deps, log, userId, row.dataSourceId);
        return await reply.code(201).send({ scheduledSync: await show(asking(deps), row) });
      },
    });
  };

const changeRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.put(root, {
      schema: {
        summary: 'Change a recurring sync',
        body: z.strictObject({
          id: schemas.id,
          scheduleType: type.optional(),
          scheduleConfig: config.optional(),
          isActive: z.boolean().optional(),
        }),
        response: { 200: answer },
      },
      handler: async ({ userId, read, write, body, log }) => {
        const { id, ...change } = body;
        const existing = found(await read((trx) => findScheduledSync(trx, id)), 'scheduled sync');
        const scheduleType = change.scheduleType ?? existing.scheduleType;
        const scheduleConfig = toStored(check(scheduleType, change.scheduleConfig ?? existing.scheduleConfig));
        const row = found(
          await write((trx) => updateScheduledSync(trx, id, { ...change, scheduleConfig })),
          'scheduled sync',
        );
        await applySchedules(deps, log, userId, row.dataSourceId);
        return { scheduledSync: await show(asking(deps), row) };
      },
    });

    app.delete(root, {
      schema: {
        summary: 'Delete a recurring sync',
        querystring: z.strictObject({ id: schemas.id }),
        response: { 200: z.object({ deleted: z.object({ id: schemas.id }) }) },
      },
      handler: async ({ read, write, query: { id } }) => {
        found(await read((trx) => findScheduledSync(trx, id)), 'scheduled sync');
        // The schedule is deleted first. If the process is killed in between, the row remains, and the next start-up
        // creates the schedule again.
        await deleteSchedule(deps.temporal, scheduleIds.scheduledSync(id));
        await write((trx) => deleteScheduledSync(trx, id));
        return { deleted: { id } };
      },
    });
  };

/**
 * Applies a source's schedules in Temporal. If Temporal does not answer, the rows are kept and the next start-up
 * applies them.
 */
export async function applySchedules(
  deps: ApiDependencies,
  log: FastifyBaseLogger,
  userId: string,
  dataSourceId: string,
): Promise<void> {
  try {
    const refused = await deps.temporal.withDeadline(Date.now() + notifyTimeoutMs, () =>
      reconcileSource(deps, userId, dataSourceId),
    );
    if (refused.length > 0) log.warn({ refused, dataSourceId }, 'Temporal rejects these schedules');
  } catch (error) {
    log.warn({ err: error, dataSourceId }, 'the schedules could not be applied in Temporal; the next start-up does it');
  }
}

/** @throws Problem 400 with each invalid field below `scheduleConfig` */
function check(scheduleType: ScheduleType, scheduleConfig: object): Schedule {
  const read = readSchedule(scheduleType, scheduleConfig);
  if (read.ok) return read.schedule;
  const detail = read.errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  throw new Problem(400, 'invalid_request', detail, { errors: read.errors });
}

function toStored({ type: _type, ...stored }: Schedule): object {
  return stored;
}

/**
 * The next run of each source. A page that is open asks every minute, so Temporal is asked for a source's later schedules
 * only if an operator has paused the sooner ones.
 */
async function soonestOf(
  ask: AskTemporal,
  wanted: readonly WantedSchedule[],
): Promise<{ dataSourceId: string; at: string }[]> {
  const runs = wanted.flatMap(({ dataSourceId, scheduleId, schedule }) =>
    nextRuns(schedule, 1, new Date()).map((at) => ({ dataSourceId, scheduleId, at: at.toISOString() })),
  );
  const ofSources = [...Map.groupBy(runs, ({ dataSourceId }) => dataSourceId).values()];
  const soonest = ofSources.map(async (ofSource) => {
    for (const { dataSourceId, scheduleId, at } of ofSource.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
      if ((await ask(scheduleId))?.isPausedByOperator !== true) return [{ dataSourceId, at }];
    }
    return [];
  });
  return (await Promise.all(soonest)).flat();
}

function runsOf(schedule: Schedule): string[] {
  return nextRuns(schedule, shownRuns, new Date()).map((at) => at.toISOString());
}

async function show(ask: AskTemporal, row: ScheduledSync): Promise<z.infer<typeof schemas.scheduledSync>> {
  const state = await stateOf(ask, row);
  const schedule = { type: row.scheduleType, ...row.scheduleConfig } as Schedule;
  const pausedReason = pausedReasonOf(row, state);
  const runs = row.isActive && pausedReason === null ? runsOf(schedule) : [];
  return {
    id: row.id,
    dataSourceId: row.dataSourceId,
    scheduleType: row.scheduleType,
    scheduleConfig: row.scheduleConfig,
    isActive: row.isActive,
    nextRunAt: nextOf(schedule, runs, state.nextRunAt),
    lastRunAt: state.lastRunAt?.toISOString() ?? null,
    skippedRuns: state.skippedRuns,
    nextRuns: runs,
    pausedReason,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** Why a schedule that is switched on does not run. */
function pausedReasonOf({ isActive, isWanted, isSourceActive }: ScheduledSync, state: ScheduleState): string | null {
  if (!isActive) return null;
  if (!isSourceActive) return 'Its source is inactive.';
  if (!isWanted) return 'Its source needs a new sign-in.';
  return state.isPausedByOperator ? 'An operator has paused it in Temporal, and resumes it there.' : null;
}

/**
 * The time that Temporal chose within the jitter of the next run. Temporal may not answer, or with a state from before the
 * row's, in which a schedule just switched on still looks paused, and one just changed would run at another time.
 */
function nextOf(schedule: Schedule, [first]: readonly string[], chosen: Date | null): string | null {
  if (first === undefined) return null;
  if (chosen === null || chosen < new Date()) return first;
  const jitterMs = schedule.jitterMinutes * 60_000;
  const [run] = nextRuns(schedule, 1, new Date(chosen.getTime() - jitterMs - 1));
  const isOfThis = run !== undefined && run <= chosen && chosen.getTime() <= Date.parse(first) + jitterMs;
  return isOfThis ? chosen.toISOString() : first;
}

/** Returns Temporal's state of the schedule, or the last known state if Temporal does not answer. */
async function stateOf(ask: AskTemporal, row: ScheduledSync): Promise<ScheduleState> {
  const { nextRunAt, lastRunAt } = row;
  const state = await ask(scheduleIds.scheduledSync(row.id));
  return state ?? { nextRunAt, lastRunAt, isPausedByOperator: false, skippedRuns: 0 };
}

/** Asks for one schedule. @returns null if Temporal does not answer or has no such schedule */
type AskTemporal = (scheduleId: string) => Promise<ScheduleState | null>;

/** For one request: all its schedules share the time in which Temporal may answer. */
function asking({ temporal }: ApiDependencies): AskTemporal {
  const deadline = Date.now() + describeTimeoutMs;
  const limit = pLimit(describeConcurrency);
  return async (scheduleId) =>
    await limit(() => temporal.withDeadline(deadline, () => describeSchedule(temporal, scheduleId))).catch(() => null);
}
