import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ErrorCode } from '../domain/error-codes.ts';
import type { SyncErrorKind } from '../domain/errors.ts';

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** An answer that is an error: RFC 9457, with a stable `code`. Routes throw it, one handler sends it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  /** When it is worth asking again. */
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

/** A 400 for one field, in the words that validation uses. */
export function invalidField(field: string, message: string): Problem {
  return new Problem(400, 'invalid_request', `${field}: ${message}`, { errors: [{ field, message }] });
}

/** Also for what belongs to somebody else: whether it exists is nobody's business. */
export function notFound(what: string): Problem {
  return new Problem(404, 'not_found', `There is no such ${what}.`);
}

/** One more than the operator lets one user have. @param name as `MAX_PER_USER` calls it */
export function tooMany(name: string, most: number): Problem {
  return new Problem(
    409,
    'too_many',
    `You have ${most} ${name} already, the most that one user may have here (MAX_PER_USER). Delete one first.`,
  );
}

/** How a failure of a vendor or an embedder looks from outside. */
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
    .send({
      type: 'about:blank',
      title: STATUS_CODES[problem.status] ?? 'Error',
      status: problem.status,
      code: problem.code,
      detail: problem.message,
      ...(problem.errors === undefined ? {} : { errors: problem.errors }),
      ...problem.extra,
    });
}
