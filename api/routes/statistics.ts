import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  listErrorCodes,
  listLevelsBefore,
  listSourceDays,
  listTokensByMonth,
  type SourceDay,
} from '../../db/statistics/source-days.ts';
import type { ApiDependencies } from '../dependencies.ts';
import * as schemas from '../schemas.ts';

const monthsShown = 12;

/** The figures of the overview. They are stored by day, so that a request scans neither jobs nor documents. */
export const statisticsRoutes =
  (deps: ApiDependencies): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/api/stats', {
      schema: {
        summary: 'Show figures over time',
        description:
          'By source and day (UTC): jobs that ended, their items, and how much there was after the last of them. A day without a job has no entry: its levels are those of the day before.',
        querystring: z.strictObject({ days: z.coerce.number().int().min(1).max(366).default(30) }),
        response: { 200: schemas.statistics },
      },
      handler: async ({ read, query }) => {
        const today = new Date();
        const from = firstDay(today, query.days);
        const found = await read(async (trx) => ({
          days: await listSourceDays(trx, from),
          before: await listLevelsBefore(trx, from),
          errors: await listErrorCodes(trx, from),
          months: await listTokensByMonth(trx, firstMonth(today)),
        }));
        return {
          from,
          to: isoDay(today),
          days: found.days.map(serializeDay),
          before: found.before.map(({ dataSourceId, ...levels }) => ({ dataSourceId, ...serializeLevels(levels) })),
          errors: found.errors.map((error) => ({ ...error, items: Number(error.items) })),
          months: found.months.map(({ month, dataSourceId, tokens }) => ({
            month,
            dataSourceId,
            tokens: Number(tokens),
            dollars: (Number(tokens) / 1_000_000) * deps.embedding.dollarsPerMillionTokens,
          })),
          embedding: deps.embedding,
        };
      },
    });
  };

function firstDay(today: Date, days: number): string {
  return isoDay(new Date(today.getTime() - (days - 1) * 86_400_000));
}

function firstMonth(today: Date): string {
  return isoDay(new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - monthsShown + 1, 1)));
}

function isoDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function serializeDay(row: SourceDay): z.infer<typeof schemas.sourceDay> {
  return {
    dataSourceId: row.dataSourceId,
    day: row.day,
    jobs: { completed: row.jobsCompleted, failed: row.jobsFailed, cancelled: row.jobsCancelled },
    jobSeconds: row.jobSeconds,
    longestJobSeconds: row.longestJobSeconds,
    counts: {
      created: Number(row.itemsCreated),
      updated: Number(row.itemsUpdated),
      unchanged: Number(row.itemsUnchanged),
      removed: Number(row.itemsRemoved),
      skipped: Number(row.itemsSkipped),
      failed: Number(row.itemsFailed),
    },
    bytesProcessed: Number(row.bytesProcessed),
    tokensEmbedded: Number(row.tokensEmbedded),
    ...serializeLevels(row),
  };
}

function serializeLevels(row: Pick<SourceDay, 'items' | 'documents' | 'chunks' | 'tokens'>) {
  return {
    items: Number(row.items),
    documents: Number(row.documents),
    chunks: Number(row.chunks),
    tokens: Number(row.tokens),
  };
}
