import type { AccessTokenProvider } from './connector.ts';

/** What a vendor's errors say of the access token. */
export interface TokenJudge {
  /** Did the vendor refuse the token itself (401)? */
  readonly isRefused: (error: unknown) => boolean;
  /** The client's or the vendor's error as one of ours. */
  readonly toError: (error: unknown) => unknown;
  /**
   * A new token was refused too. One item may be refused in the same words as a lost sign-in, so whoever can ask the account
   * does so here. Left out: as `toError`. @returns what is to be thrown
   */
  readonly refusedAgain?: (accessToken: string, error: unknown) => Promise<unknown>;
}

/**
 * Runs one call with a live token. A token that is refused is replaced once; a provider that has no other one (a pasted token)
 * hands out the same again, which is not tried twice.
 * @throws SyncError what `judge` makes of a failure, or what the token provider throws
 */
export async function withAccessToken<T>(
  tokens: AccessTokenProvider,
  signal: AbortSignal,
  work: (accessToken: string) => Promise<T>,
  judge: TokenJudge,
): Promise<T> {
  const first = await tokens.accessToken(signal);
  let attempt = await tryWith(first, signal, work, judge);
  if ('value' in attempt) return attempt.value;
  tokens.invalidate(first);
  const fresh = await tokens.accessToken(signal);
  if (fresh !== first) attempt = await tryWith(fresh, signal, work, judge);
  if ('value' in attempt) return attempt.value;
  throw (await judge.refusedAgain?.(fresh, attempt.refusal)) ?? judge.toError(attempt.refusal);
}

async function tryWith<T>(
  accessToken: string,
  signal: AbortSignal,
  work: (accessToken: string) => Promise<T>,
  judge: TokenJudge,
): Promise<{ readonly value: T } | { readonly refusal: unknown }> {
  try {
    return { value: await work(accessToken) };
  } catch (error) {
    signal.throwIfAborted();
    if (!judge.isRefused(error)) throw judge.toError(error);
    return { refusal: error };
  }
}
