import { grpcErrorOf } from '../grpc-error.ts';
import type { FastifyError, FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import fastifyPlugin from 'fastify-plugin';
import { isReadOnly, lacksMigrations } from '../../db/access/reach.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { isSyncError } from '../../domain/errors.ts';
import { isOpenedByBrowser, notFound } from './page.ts';
import { type FieldError, Problem, sendProblem, statusOfKind } from '../problem.ts';

/**
 * Messages of errors below 500 are ours and are sent. From 500 on, the client gets a fixed message and the log gets the
 * details.
 */
export const errorsPlugin = fastifyPlugin(
  (app: FastifyInstance, _options, done) => {
    app.setErrorHandler(async (error: FastifyError, request, reply) => {
      const problem = toProblem(error);
      if (problem.status >= 500 && !isSyncError(error)) request.log.error({ err: error }, 'request failed');
      await sendProblem(reply, problem);
    });
    const known = rememberRoutes(app);
    app.setNotFoundHandler(async (request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '';
      const allowed = known(path);
      if (allowed.length > 0) {
        reply.header('allow', allowed.join(', '));
        if (request.method === 'OPTIONS') return await reply.code(204).send();
        throw new Problem(405, 'method_not_allowed', `${path} takes ${allowed.join(', ')}; see /docs.`);
      }
      if (isOpenedByBrowser(request)) return reply.redirect(notFound);
      await sendProblem(
        reply,
        new Problem(404, 'route_not_found', `There is no ${request.method} ${path}. See /docs.`),
      );
    });
    done();
  },
  { name: 'errors' },
);

/** @returns the methods that a path accepts; none if there is no such path */
function rememberRoutes(app: FastifyInstance): (path: string) => string[] {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method, schema }) => {
    // The addresses of the page are no part of the API.
    if (schema?.hide === true) return;
    const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
    const pattern = new RegExp(`^${escaped.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('*', '.*')}$`);
    routes.push({ pattern, methods: [method].flat() });
  });
  return (path) =>
    [...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))].toSorted();
}

/** Codes of Fastify's own errors, with our messages. */
const refusals: Readonly<Record<string, { readonly code: ErrorCode; readonly detail: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'body_too_large',
    detail: 'The body is larger than 1 MB, the limit for requests.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'media_type',
    detail:
      'This content type is not supported here. Send JSON with content-type application/json; a file that is uploaded, with application/octet-stream.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'invalid_json',
    detail: 'The body is empty, but the content type announces JSON. Send JSON, or no content type.',
  },
  FST_ERR_BAD_URL: {
    code: 'invalid_address',
    detail: 'The URL is malformed: % must begin an escaped character in UTF-8.',
  },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'invalid_address', detail: 'A part of the path is too long to be an id.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_json', detail: 'The body is not valid JSON.' },
};

/** Converts every error to the answer that is sent. */
export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  if (isSyncError(error)) return new Problem(statusOfKind[error.kind], error.code, error.message);
  if (isDatabaseGone(error))
    return new Problem(503, 'database_unavailable', 'The database does not answer. Try again in a moment.');
  if (isReadOnly(error))
    return new Problem(503, 'database_unavailable', 'The database accepts no changes now. Try again in a moment.');
  if (isTemporalGone(error))
    return new Problem(503, 'temporal_unavailable', 'Temporal does not answer. Try again in a moment.');
  if (lacksMigrations(error))
    return new Problem(503, 'database_not_migrated', 'The database is not up to date. Run `npm run migrate`.');
  if (isOfDeletedRow(error))
    return new Problem(404, 'not_found', 'What the request names was deleted while it was answered.');
  const refusal = refusals[error.code];
  if (refusal !== undefined) return new Problem(error.statusCode ?? 400, refusal.code, refusal.detail);
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new Problem(error.statusCode, 'invalid_request', error.message);
  }
  return new Problem(500, 'internal', 'An unexpected error occurred. Details are in the log.');
}

interface ZodRefusal {
  readonly validation: readonly {
    readonly instancePath: string;
    readonly message?: string;
    readonly params?: object;
  }[];
  readonly validationContext?: string;
}

/** The name of each part of a request, for a refusal in which no single field is wrong. */
const wholes: Readonly<Record<string, string>> = { querystring: 'query', params: 'path', headers: 'headers' };

/** Lists each invalid field under the name that the caller gave it. */
function invalidRequest(error: ZodRefusal): Problem {
  const whole = wholes[error.validationContext ?? ''] ?? 'body';
  const errors = error.validation.map((issue): FieldError => {
    const path = issue.instancePath.replace(/^\//, '').replaceAll('/', '.');
    return { field: path || whole, message: issue.message ?? 'is not valid' };
  });
  const first = errors[0];
  // One value may break several rules of its format, which say the same.
  const isFirst = ({ field, message }: FieldError, at: number): boolean =>
    errors.findIndex((other) => other.field === field && other.message === message) === at;
  return new Problem(
    400,
    'invalid_request',
    first === undefined ? 'The request is not valid.' : `${first.field}: ${first.message}`,
    { errors: errors.filter(isFirst) },
  );
}

function isDatabaseGone(error: FastifyError): boolean {
  return (
    /^(ECONNREFUSED|ECONNRESET|57P0\d|08\d\d\d|3D000|28000|28P01|53300)$/.test(error.code ?? '') ||
    /timeout exceeded when trying to connect|Connection terminated/.test(error.message)
  );
}

/** A row that was read before, such as a source, no longer exists when another row refers to it. */
function isOfDeletedRow(error: FastifyError): boolean {
  return error.code === '23503' && error.message.startsWith('insert or update on table');
}

/** gRPC's UNAVAILABLE and DEADLINE_EXCEEDED. */
const unanswered = [14, 4];

function isTemporalGone(error: FastifyError): boolean {
  return unanswered.includes(grpcErrorOf(error)?.code ?? 0);
}
