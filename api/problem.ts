import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ErrorCode } from '../domain/error-codes.ts';
import type { SyncErrorKind } from '../domain/errors.ts';

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** An error answer in the form of RFC 9457, with a stable `code`. Routes throw it, and one handler sends it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  /** After how many seconds a retry makes sense. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: ErrorCode,
    detail: string,
    more: {
      readonly errors?: readonly FieldError[];
      readonly extra?: Readonly<Record<string, unknown>>;
      readonly retryAfterSeconds?: number;
    } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = more.errors;
    this.extra = more.extra ?? {};
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** A 400 for one field, in the form of validation errors. */
export function invalidField(field: string, message: string): Problem {
  return invalidFields([{ field, message }]);
}

export function invalidFields(errors: readonly FieldError[]): Problem {
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new Problem(400, 'invalid_request', detail, { errors });
}

/** Also used for another user's objects, so as not to reveal that they exist. */
export function notFound(what: string): Problem {
  return new Problem(404, 'not_found', `There is no ${what} with this id.`);
}

/** @throws Problem 404 without a row: there is none with this id, or it is another user's */
export function found<Row>(row: Row | undefined, what: string): Row {
  if (row === undefined) throw notFound(what);
  return row;
}

/** The limit that the operator set for one user is reached. @param name as in `MAX_PER_USER` */
export function tooMany(name: string, max: number): Problem {
  return new Problem(
    409,
    'too_many',
    `You have reached the limit of ${max} ${name} per user (MAX_PER_USER). Delete one first.`,
  );
}

/** The HTTP status for a failure of a vendor or an embedder. */
export const statusOfKind: Readonly<Record<SyncErrorKind, number>> = {
  rate_limited: 503,
  quota_exhausted: 503,
  unavailable: 503,
  unauthorized: 422,
  insufficient_scope: 422,
  forbidden: 422,
  not_found: 422,
  checkpoint_expired: 422,
  too_large: 422,
  unsupported: 422,
  unreadable: 422,
  invalid_input: 400,
};

export async function sendProblem(reply: FastifyReply, problem: Problem): Promise<void> {
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', String(problem.retryAfterSeconds));
  await reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer((body) => JSON.stringify(body))
    .send(bodyOf(problem));
}

/** The body that every error answer has. */
export function bodyOf(problem: Problem): object {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...problem.extra,
  };
}
