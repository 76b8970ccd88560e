import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type AuditEvent, type AuditFilter, listAuditEvents } from '../../db/access/audit-log.ts';
import { auditOutcomeOf } from '../../domain/audit.ts';
import { pageOf, readCursor } from '../paging.ts';
import * as schemas from '../schemas.ts';

const root = '/api/audit-events';
const eventsPerQuery = 500;

const filter = z.strictObject({
  action: z.string().min(1).max(200).optional(),
  since: schemas.instant.optional(),
  until: schemas.instant.optional(),
});

/** The audit log of a user: who did what, and from where. */
export const auditEventRoutes = (): FastifyPluginAsyncZod => async (app) => {
  app.get(root, {
    schema: {
      summary: 'List the audit log, newest first',
      querystring: filter.extend({ limit: schemas.limit, cursor: schemas.cursor }),
      response: { 200: z.object({ events: z.array(schemas.auditEvent), nextCursor: schemas.nextCursor }) },
    },
    handler: async ({ read, query }) => {
      const after = readCursor(query.cursor);
      const rows = await read((trx) => listAuditEvents(trx, query, query.limit + 1, after));
      const { page, nextCursor } = pageOf(rows, query.limit, placeOf);
      return { events: page.map(serializeEvent), nextCursor };
    },
  });

  app.get(`${root}/export`, {
    // A HEAD would read all of it, to send none.
    exposeHeadRoute: false,
    schema: {
      summary: 'Export the audit log, as lines of JSON',
      description: 'All events that match, newest first, one JSON object a line (application/x-ndjson).',
      querystring: filter,
    },
    handler: ({ read, query }, reply) =>
      reply
        .header('content-disposition', 'attachment; filename="audit-events.ndjson"')
        .type('application/x-ndjson; charset=utf-8')
        .send(Readable.from(linesOf(read, query))),
  });
};

/** Reads page by page, so that an export of any length takes little memory. */
async function* linesOf(read: FastifyRequest['read'], wanted: AuditFilter): AsyncGenerator<string> {
  for (let after: ReturnType<typeof placeOf> | null = null; ;) {
    const from: typeof after = after;
    const rows = await read((trx) => listAuditEvents(trx, wanted, eventsPerQuery, from));
    if (rows.length > 0) yield rows.map((row) => `${JSON.stringify(serializeEvent(row))}\n`).join('');
    const last = rows.at(-1);
    if (last === undefined || rows.length < eventsPerQuery) return;
    after = placeOf(last);
  }
}

function placeOf({ at, id }: AuditEvent): { readonly at: string; readonly id: string } {
  return { at: at.toISOString(), id };
}

function serializeEvent({ status, at, ...row }: AuditEvent): z.infer<typeof schemas.auditEvent> {
  return { ...row, at: at.toISOString(), outcome: auditOutcomeOf(status) };
}
