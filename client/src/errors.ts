export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * The API refused a request, or did not answer. `code` is stable (docs/errors.md of Headwater), the message is for
 * people: what happened, why, what to do.
 */
export class HeadwaterError extends Error {
  override readonly name = 'HeadwaterError';
  /** The HTTP status; 0 without an answer of the API (`unreachable`, `timeout`, `redirects`, `not_headwater`). */
  readonly status: number;
  readonly code: string;
  /** The fields of the request that are not valid. */
  readonly errors: readonly FieldError[];
  /** After how many seconds a retry makes sense; null if the API does not say. */
  readonly retryAfterSeconds: number | null;
  /** The whole answer, which may have more: the running job, for example. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    body: Readonly<Record<string, unknown>>,
    more: { readonly retryAfterSeconds?: number | null; readonly cause?: unknown } = {},
  ) {
    const { detail, code, errors } = body;
    super(typeof detail === 'string' ? detail : `The API answered ${status}.`, { cause: more.cause });
    this.status = status;
    this.code = typeof code === 'string' ? code : 'unknown';
    this.errors = Array.isArray(errors) ? (errors as readonly FieldError[]) : [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.body = body;
  }
}
