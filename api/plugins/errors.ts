import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { FastifyError, FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import fastifyPlugin from 'fastify-plugin';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { isSyncError } from '../../domain/errors.ts';
import { type FieldError, Problem, sendProblem, statusOfKind } from '../problem.ts';

/** Below 500 the words are ours to show; from 500 up the client gets a fixed sentence and the log gets the rest. */
export const errorsPlugin = fastifyPlugin(
  (app: FastifyInstance, _options, done) => {
    app.setErrorHandler(async (error: FastifyError, request, reply) => {
      const problem = toProblem(error);
      if (problem.status >= 500 && !isSyncError(error)) request.log.error({ err: error }, 'request failed');
      await sendProblem(reply, problem);
    });
    app.setNotFoundHandler(async (request, reply) => {
      await sendProblem(
        reply,
        new Problem(
          404,
          'route_not_found',
          `There is no ${request.method} ${request.url.split('?')[0] ?? ''}; see /docs.`,
        ),
      );
    });
    done();
  },
  { name: 'errors' },
);

/** Codes of Fastify's own refusals, in our words. */
const refusals: Readonly<Record<string, { readonly code: ErrorCode; readonly detail: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large', detail: 'The body is larger than 1 MB.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media_type', detail: 'Send JSON: content-type application/json.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid_json', detail: 'The body is empty; JSON was announced.' },
  FST_ERR_BAD_URL: {
    code: 'invalid_address',
    detail: 'The address cannot be read: % must begin an escaped character, in UTF-8.',
  },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'invalid_address', detail: 'A part of the address is too long to be an id.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_json', detail: 'The body is no valid JSON.' },
};

/** Every error as the answer it becomes. */
export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  if (isSyncError(error)) return new Problem(statusOfKind[error.kind], error.code, error.message);
  if (isDatabaseGone(error))
    return new Problem(503, 'database_unavailable', 'The database does not answer. Try again in a moment.');
  if (isTemporalGone(error))
    return new Problem(503, 'temporal_unavailable', 'Temporal does not answer. Try again in a moment.');
  if (isDatabaseBehind(error))
    return new Problem(503, 'database_not_migrated', 'The database is not up to date: run `npm run migrate`.');
  const refusal = refusals[error.code];
  if (refusal !== undefined) return new Problem(error.statusCode ?? 400, refusal.code, refusal.detail);
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new Problem(error.statusCode, 'invalid_request', error.message);
  }
  return new Problem(500, 'internal', 'Something went wrong here. The log has the details.');
}

interface ZodRefusal {
  readonly validation: readonly {
    readonly instancePath: string;
    readonly message?: string;
    readonly params?: object;
  }[];
  readonly validationContext?: string;
}

/** Names each field, with the part of the request it stands in. */
function invalidRequest(error: ZodRefusal): Problem {
  const where = error.validationContext === 'body' ? '' : `${error.validationContext ?? ''}.`;
  const errors = error.validation.map((issue): FieldError => {
    const path = issue.instancePath.replace(/^\//, '').replaceAll('/', '.');
    return { field: `${where}${path}`.replace(/\.$/, '') || 'body', message: issue.message ?? 'is not valid' };
  });
  const first = errors[0];
  return new Problem(
    400,
    'invalid_request',
    first === undefined ? 'The request is not valid.' : `${first.field}: ${first.message}`,
    { errors },
  );
}

function isDatabaseGone(error: FastifyError): boolean {
  return (
    /^(ECONNREFUSED|ECONNRESET|57P0\d|08\d\d\d|3D000|28000|28P01|53300)$/.test(error.code ?? '') ||
    /timeout exceeded when trying to connect|Connection terminated/.test(error.message)
  );
}

/** A table, a column or one of our roles is not there. */
function isDatabaseBehind(error: FastifyError): boolean {
  return /^(42P01|42703)$/.test(error.code ?? '') || /role "headwater_\w+" does not exist/.test(error.message);
}

/** gRPC's UNAVAILABLE and DEADLINE_EXCEEDED. */
const unanswered = [14, 4];

function isTemporalGone(error: FastifyError): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && unanswered.includes(cause.code);
}
