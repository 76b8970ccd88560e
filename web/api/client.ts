/** Calls the API. The browser sends the session's cookie; errors are RFC 9457 problems. */

import { noteAnswer, noteSilence } from './connection.ts';

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: string;
  readonly errors: readonly FieldError[];

  constructor(status: number, code: string, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

interface Options {
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @throws ProblemError, also for an API that does not answer (`status` 0) */
export async function ask<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { query, body, headers }: Options = {},
): Promise<T> {
  const init: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const response = await fetch(path + toQuery(query), init).catch(() => null);
  const text = await response?.text().catch(() => null);
  if (response === null || typeof text !== 'string' || isProxySpeaking(response)) {
    noteSilence();
    throw new ProblemError(
      0,
      'offline',
      'Headwater isn’t responding. Check that it is running and that you are online.',
    );
  }
  noteAnswer(response.headers.get('date'));
  if (!response.ok) throw toProblem(response.status, text);
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** A proxy in front of Headwater says that nothing answers behind it. Headwater’s own errors are problems. */
function isProxySpeaking({ status, headers }: Response): boolean {
  return [502, 503, 504].includes(status) && headers.get('content-type')?.includes('problem+json') !== true;
}

/** @returns the part of an address that asks for this, with its question mark; empty if nothing is given */
export function toQuery(query: Query | undefined): string {
  const given = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

/** Reads the body of a refused request. */
export function toProblem(status: number, text: string): ProblemError {
  try {
    const { code, detail, errors } = JSON.parse(text) as { code: string; detail: string; errors?: FieldError[] };
    return new ProblemError(status, code, detail, errors);
  } catch {
    return new ProblemError(status, 'unknown', `Headwater answered with status ${status}.`);
  }
}
