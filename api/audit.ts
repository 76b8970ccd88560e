/** Records requests in the audit log: before an action happens, and after it has ended. */

import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { asUser } from '../db/access/as-user.ts';
import { beginAuditEvent, endAuditEvent, type NewAuditEvent } from '../db/access/audit-log.ts';
import type { Database } from '../db/access/database.ts';
import { auditOutcomeOf } from '../domain/audit.ts';
import { isSyncError } from '../domain/errors.ts';
import { userKey } from '../domain/user-key.ts';
import { Problem, statusOfKind } from './problem.ts';

/** The names of actions. A changing route without one is recorded under its method and address. */
const actions: Readonly<Record<string, string>> = {
  'POST /api/session': 'session.start',
  'DELETE /api/session': 'session.end',
  'POST /api/keys': 'key.create',
  'DELETE /api/keys': 'key.revoke',
  'POST /api/data-sources': 'source.create',
  'PUT /api/data-sources': 'source.update',
  'DELETE /api/data-sources': 'source.delete',
  'GET /api/data-sources/:id/connect': 'source.connect',
  'PUT /api/data-sources/:id/credentials': 'source.sign_in',
  'POST /api/data-sources/:id/disconnect': 'source.disconnect',
  'PUT /api/data-sources/:id/files': 'file.upload',
  'DELETE /api/data-sources/:id/files': 'file.delete',
  'POST /api/data-sources/sync': 'sync.start',
  'DELETE /api/data-sources/sync': 'sync.cancel',
  'POST /api/data-sources/sync/:jobId/pause': 'sync.pause',
  'POST /api/data-sources/sync/:jobId/resume': 'sync.resume',
  'POST /api/data-sources/sync/:jobId/speed': 'sync.speed',
  'POST /api/data-sources/sync/:jobId/retry': 'sync.retry',
  'POST /api/data-sources/sync/:jobId/approve': 'removals.approve',
  'POST /api/data-sources/sync/:jobId/keep': 'removals.keep',
  'POST /api/scheduled-syncs': 'schedule.create',
  'PUT /api/scheduled-syncs': 'schedule.update',
  'DELETE /api/scheduled-syncs': 'schedule.delete',
  'POST /api/transformations': 'transformation.create',
  'PUT /api/transformations': 'transformation.update',
  'DELETE /api/transformations': 'transformation.delete',
  'POST /api/transformations/reprocess': 'transformation.reprocess',
  'POST /api/webhooks': 'webhook.create',
  'PUT /api/webhooks': 'webhook.update',
  'DELETE /api/webhooks': 'webhook.delete',
  'POST /api/projects': 'project.create',
  'PUT /api/projects': 'project.update',
  'DELETE /api/projects': 'project.delete',
  'POST /api/tags': 'tag.create',
  'PUT /api/tags': 'tag.update',
  'DELETE /api/tags': 'tag.delete',
  'DELETE /api/documents/:id': 'document.delete',
  'POST /api/user/erase': 'user.erase',
  'GET /api/audit-events/export': 'audit.export',
  'GET /api/documents/export': 'documents.export',
  'POST /api/vectors/verify': 'vectors.verify',
  'POST /api/vectors/move': 'vectors.move',
};

/** Routes that change nothing although their method says so, and those that vendors call. */
const unrecorded = /^POST (\/api\/(search|context)|\/mcp|\/api\/[\w-]+\/preview|\/api\/change-notifications\/.*)$/;
/** Routes that read in bulk. */
const exporting = /^GET \/api\/(.*\/)?export$/;
const maxIdLength = 200;

/** @returns the action of a request; null if it is not recorded */
export function actionOf(method: string, url: string): string | null {
  const route = `${method} ${url}`;
  const named = actions[route];
  if (named !== undefined) return named;
  if (exporting.test(route)) return route;
  return ['GET', 'HEAD', 'OPTIONS'].includes(method) || unrecorded.test(route) ? null : route;
}

/** Returns what the log records about a request. */
export function eventOf(
  { apiKey, ip }: Pick<FastifyRequest, 'ip' | 'apiKey'>,
  userId: string,
  action: string,
  targetId: string | null,
): NewAuditEvent {
  return { userId, action, actor: apiKey === null ? 'user' : 'key', keyId: apiKey?.id ?? null, address: ip, targetId };
}

/** The id of what a request is about. */
export function targetOf({ params, query, body }: Pick<FastifyRequest, 'params' | 'query' | 'body'>): string | null {
  const fields = [params, query, body].filter((part) => typeof part === 'object' && part !== null);
  const { jobId, id, dataSourceId } = Object.assign({}, ...fields) as Readonly<Record<string, unknown>>;
  return toId(jobId) ?? toId(id) ?? toId(dataSourceId);
}

/** The id of what an answer is about: of the first object in it that has one. */
export function targetIn(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const ids = Object.values(payload).map((part: unknown) =>
    typeof part === 'object' && part !== null && 'id' in part ? toId(part.id) : null,
  );
  return ids.find((id) => id !== null) ?? null;
}

function toId(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxIdLength) : null;
}

interface AuditDependencies {
  readonly db: Kysely<Database>;
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'error'>;
}

/** An event whose end is still to be recorded. */
export interface StartedEvent {
  readonly id: string;
  readonly event: NewAuditEvent;
}

/** Nothing happens before this is stored, so there is no action without its event. */
export async function beginEvent({ db }: AuditDependencies, event: NewAuditEvent): Promise<StartedEvent> {
  return { id: await asUser(db, event.userId, (trx) => beginAuditEvent(trx, event)), event };
}

/**
 * Records the end, and writes the event to the log too, from which it can be collected where nobody who has the
 * database can change it. An event whose end cannot be stored stays, with an unknown outcome.
 */
export async function endEvent(
  { db, logger }: AuditDependencies,
  { id, event }: StartedEvent,
  end: { readonly status: number; readonly targetId: string | null },
): Promise<void> {
  const { action, actor, keyId, address, userId } = event;
  const targetId = end.targetId ?? event.targetId;
  const outcome = auditOutcomeOf(end.status);
  logger.info({ auditId: id, action, outcome, user: userKey(userId), actor, keyId, address, targetId }, 'audit');
  await asUser(db, userId, (trx) => endAuditEvent(trx, id, { ...end, targetId })).catch((error: unknown) =>
    logger.error({ err: error, auditId: id }, 'the outcome of an audited action was not stored'),
  );
}

/** Does what is recorded under a name of its own, because its route has no user until the work begins. */
export async function audited<T>(deps: AuditDependencies, event: NewAuditEvent, work: () => Promise<T>): Promise<T> {
  const started = await beginEvent(deps, event);
  try {
    const result = await work();
    await endEvent(deps, started, { status: 200, targetId: null });
    return result;
  } catch (error) {
    await endEvent(deps, started, { status: statusOf(error), targetId: null });
    throw error;
  }
}

function statusOf(error: unknown): number {
  if (error instanceof Problem) return error.status;
  return isSyncError(error) ? statusOfKind[error.kind] : 500;
}
