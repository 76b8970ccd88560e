import pLimit from 'p-limit';
import type { FastifyBaseLogger } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { asUser } from '../../db/access/as-user.ts';
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
import { notFound, Problem, tooMany } from '../problem.ts';
import * as schemas from '../schemas.ts';

const root = '/api/scheduled-syncs';
const describeConcurrency = 8;
const shownRuns = 5;
/** As long as a list waits for Temporal, and a change: their rows stand either way. */
const describeTimeoutMs = 3000;
const notifyTimeoutMs = 10_000;
const type = z.enum(scheduleTypes);
const config = z
  .record(z.string(), z.unknown())
  .describe(
    'cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes',
  );
const answer = z.object({ scheduledSync: schemas.scheduledSync });

/** Recurring syncs beside a source's own frequency. Each row is a Temporal Schedule. */
export const scheduledSyncRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(root, {
      schema: {
        summary: 'List recurring syncs',
        querystring: z.strictObject({ dataSourceId: schemas.id.optional() }),
        response: { 200: z.object({ scheduledSyncs: z.array(schemas.scheduledSync) }) },
      },
      handler: async ({ userId, query }) => {
        const rows = await asUser(deps.db, userId, async (trx) => {
          if (query.dataSourceId !== undefined && (await findDataSource(trx, query.dataSourceId)) === undefined)
            throw notFound('data source');
          return await listScheduledSyncs(trx, query.dataSourceId);
        });
        const limit = pLimit(describeConcurrency);
        return {
          scheduledSyncs: await Promise.all(rows.map(async (row) => await limit(async () => await show(deps, row)))),
        };
      },
    });

    app.get(`${root}/next-runs`, {
      schema: {
        summary: 'When each source runs next, by its own frequency or a recurring sync',
        description: 'Before jitter. Sources that do not run by themselves, or rest, are not named.',
        response: { 200: z.object({ nextRuns: z.array(z.object({ dataSourceId: schemas.id, at: schemas.time })) }) },
      },
      handler: async ({ userId }) => {
        const wanted = await asUser(deps.db, userId, async (trx) => await findWantedSchedules(trx, userId));
        return { nextRuns: soonestOf(wanted) };
      },
    });

    app.post(`${root}/preview`, {
      schema: {
        summary: 'When would it run?',
        body: z.strictObject({ scheduleType: type, scheduleConfig: config }),
        response: { 200: z.object({ nextRuns: z.array(schemas.time) }) },
      },
      handler: ({ body }) => ({ nextRuns: runsOf(check(body.scheduleType, body.scheduleConfig)) }),
    });

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
      handler: async ({ userId, body, log }, reply) => {
        const scheduleConfig = toStored(check(body.scheduleType, body.scheduleConfig));
        const row = await asUser(deps.db, userId, async (trx) => {
          if ((await findDataSource(trx, body.dataSourceId)) === undefined) throw notFound('data source');
          if ((await countOwned(trx, 'scheduled_syncs', userId)) >= deps.config.maxPerUser.schedules)
            throw tooMany('schedules', deps.config.maxPerUser.schedules);
          return await createScheduledSync(trx, { ...body, userId, scheduleConfig });
        });
        await applySchedules(deps, log, userId, row.dataSourceId);
        return await reply.code(201).send({ scheduledSync: await show(deps, row) });
      },
    });

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
      handler: async ({ userId, body, log }) => {
        const { id, ...change } = body;
        const existing = await asUser(deps.db, userId, async (trx) => await findScheduledSync(trx, id));
        if (existing === undefined) throw notFound('scheduled sync');
        const scheduleType = change.scheduleType ?? existing.scheduleType;
        const scheduleConfig = toStored(check(scheduleType, change.scheduleConfig ?? existing.scheduleConfig));
        const row = await asUser(
          deps.db,
          userId,
          async (trx) => await updateScheduledSync(trx, id, { ...change, scheduleConfig }),
        );
        if (row === undefined) throw notFound('scheduled sync');
        await applySchedules(deps, log, userId, row.dataSourceId);
        return { scheduledSync: await show(deps, row) };
      },
    });

    app.delete(root, {
      schema: {
        summary: 'Delete a recurring sync',
        querystring: z.strictObject({ id: schemas.id }),
        response: { 200: z.object({ deleted: z.object({ id: schemas.id }) }) },
      },
      handler: async ({ userId, query: { id } }) => {
        const found = await asUser(deps.db, userId, async (trx) => await findScheduledSync(trx, id));
        if (found === undefined) throw notFound('scheduled sync');
        // First the schedule: a kill in between leaves a row that the next start-up gives its schedule back.
        await deleteSchedule(deps.temporal, scheduleIds.scheduledSync(id));
        await asUser(deps.db, userId, async (trx) => await deleteScheduledSync(trx, id));
        return { deleted: { id } };
      },
    });
    await Promise.resolve();
  };

/** Tells Temporal of a source's schedules. If it does not answer, the rows stand and the next start-up tells it. */
export async function applySchedules(
  deps: ApiDependencies,
  log: FastifyBaseLogger,
  userId: string,
  dataSourceId: string,
): Promise<void> {
  try {
    const refused = await deps.temporal.withDeadline(
      Date.now() + notifyTimeoutMs,
      async () => await reconcileSource(deps, userId, dataSourceId),
    );
    if (refused.length > 0) log.warn({ refused, dataSourceId }, 'Temporal refuses these schedules');
  } catch (error) {
    log.warn({ err: error, dataSourceId }, 'Temporal could not be told of the schedules; the next start-up does');
  }
}

/** @throws Problem 400 naming each field below `scheduleConfig` */
function check(scheduleType: ScheduleType, scheduleConfig: object): Schedule {
  const read = readSchedule(scheduleType, scheduleConfig);
  if (read.ok) return read.schedule;
  const detail = read.errors.map((error) => `${error.field}: ${error.message}`).join('; ');
  throw new Problem(400, 'invalid_request', detail, { errors: read.errors });
}

function toStored({ type: _type, ...stored }: Schedule): object {
  return stored;
}

function soonestOf(wanted: readonly WantedSchedule[]): { dataSourceId: string; at: string }[] {
  const soonest = new Map<string, string>();
  for (const { dataSourceId, schedule } of wanted.filter(({ isActive }) => isActive)) {
    const at = nextRuns(schedule, 1, new Date())[0]?.toISOString();
    const known = soonest.get(dataSourceId);
    if (at !== undefined && (known === undefined || at < known)) soonest.set(dataSourceId, at);
  }
  return [...soonest].map(([dataSourceId, at]) => ({ dataSourceId, at }));
}

function runsOf(schedule: Schedule): string[] {
  return nextRuns(schedule, shownRuns, new Date()).map((at) => at.toISOString());
}

async function show(deps: ApiDependencies, row: ScheduledSync): Promise<z.infer<typeof schemas.scheduledSync>> {
  const state = await stateOf(deps, row);
  const runs = row.isActive ? runsOf({ type: row.scheduleType, ...row.scheduleConfig } as Schedule) : [];
  return {
    id: row.id,
    dataSourceId: row.dataSourceId,
    scheduleType: row.scheduleType,
    scheduleConfig: row.scheduleConfig,
    isActive: row.isActive,
    // Temporal's answer can be a moment older than the row, which decides whether there is a next run at all.
    nextRunAt: row.isActive ? (state.nextRunAt?.toISOString() ?? runs[0] ?? null) : null,
    lastRunAt: state.lastRunAt?.toISOString() ?? null,
    skippedRuns: state.skippedRuns,
    nextRuns: runs,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** Temporal knows; where it does not answer, what it said last. */
async function stateOf(deps: ApiDependencies, row: ScheduledSync): Promise<ScheduleState> {
  const last = { nextRunAt: row.nextRunAt, lastRunAt: row.lastRunAt, skippedRuns: 0 };
  try {
    const state = await deps.temporal.withDeadline(
      Date.now() + describeTimeoutMs,
      async () => await describeSchedule(deps.temporal, scheduleIds.scheduledSync(row.id)),
    );
    return state ?? last;
  } catch {
    return last;
  }
}
