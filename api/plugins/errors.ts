import type { FastifyError, FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import fastifyPlugin from 'fastify-plugin';
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
const refusals: Readonly<Record<string, { readonly code: string; readonly detail: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large', detail: 'The body is larger than 1 MB.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media_type', detail: 'Send JSON: content-type application/json.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid_json', detail: 'The body is empty; JSON was announced.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'invalid_json', detail: 'The body is no valid JSON.' },
};

function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  if (isSyncError(error)) return new Problem(statusOfKind[error.kind], error.code, error.message);
  if (isDatabaseGone(error))
    return new Problem(503, 'database_unavailable', 'The database does not answer. Try again in a moment.');
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
    /^(ECONNREFUSED|ECONNRESET|57P0\d|08\d\d\d)$/.test(error.code ?? '') ||
    /timeout exceeded when trying to connect|Connection terminated/.test(error.message)
  );
}
