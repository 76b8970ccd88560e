import type { AccessTokenProvider } from './connector.ts';

/** How a vendor's errors are interpreted with respect to the access token. */
export interface TokenErrors {
  /** Checks whether the vendor refused the token itself (401). */
  readonly isRefused: (error: unknown) => boolean;
  /** Converts an error of the client or the vendor to a SyncError. */
  readonly toError: (error: unknown) => unknown;
  /**
   * Runs if a new token was refused too. A vendor may refuse one item with the same error as a lost sign-in, so an
   * implementation that can check the account does so here. By default, `toError` is used. @returns the error to throw
   */
  readonly refusedAgain?: (accessToken: string, error: unknown) => Promise<unknown>;
}

/**
 * Runs one call with a valid token. A refused token is replaced once; if the provider returns the same one again (a
 * pasted token), the call is not repeated.
 * @throws SyncError the error that `errors` returns, or the one that the token provider throws
 */
export async function withAccessToken<T>(
  tokens: AccessTokenProvider,
  signal: AbortSignal,
  work: (accessToken: string) => Promise<T>,
  errors: TokenErrors,
): Promise<T> {
  const first = await tokens.accessToken(signal);
  let attempt = await tryWith(first, signal, work, errors);
  if ('value' in attempt) return attempt.value;
  tokens.invalidate(first);
  const fresh = await tokens.accessToken(signal);
  if (fresh !== first) attempt = await tryWith(fresh, signal, work, errors);
  if ('value' in attempt) return attempt.value;
  throw (await errors.refusedAgain?.(fresh, attempt.refusal)) ?? errors.toError(attempt.refusal);
}

async function tryWith<T>(
  accessToken: string,
  signal: AbortSignal,
  work: (accessToken: string) => Promise<T>,
  errors: TokenErrors,
): Promise<{ readonly value: T } | { readonly refusal: unknown }> {
  try {
    return { value: await work(accessToken) };
  } catch (error) {
    signal.throwIfAborted();
    if (!errors.isRefused(error)) throw errors.toError(error);
    return { refusal: error };
  }
}
