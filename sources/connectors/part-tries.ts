/**
 * Decides how often a failing part of a listing (a channel, a database) is tried again before it is named as a gap. The
 * listing's state counts the tries, because the listing may continue in another process.
 */

import type { SyncError } from '../../domain/errors.ts';
import { maxRestMs } from '../../domain/retry-policy.ts';

/** If a call fails this many times in a row while the account itself can be reached, the part is unreadable for now. */
const maxTries = 4;
/**
 * Higher for rate limits, because other jobs of the account may have used up its quota: a refusal can be temporary even
 * if it repeats.
 */
const maxRefusals = 6;
/** Delay in milliseconds if the vendor refuses a call for its rate limit without giving a time. */
const limitDelayMs = 5000;

/** Decides whether the part is tried again. @param tries how often the call has failed, including this time */
export function isTriedAgain(error: SyncError, tries: number): boolean {
  if (!mayPass(error) || isAwayForLong(error)) return false;
  return tries < (isLimitOfAccount(error) ? maxRefusals : maxTries);
}

/** The vendor itself says that the part will not answer soon. For a limit of the account, everything waits anyway. */
function isAwayForLong({ kind, retryAfterMs = 0 }: SyncError): boolean {
  return kind === 'unavailable' && retryAfterMs > maxRestMs;
}

/** Errors that may pass in a moment. The account is checked before such an error is attributed to the part. */
export function mayPass(error: SyncError): boolean {
  if (error.code === 'endless_listing') return false;
  return error.kind === 'unavailable' || error.kind === 'checkpoint_expired' || isLimitOfAccount(error);
}

/** False for a limit of one part, about which the account has been asked already (see part-limits.ts). */
export function isLimitOfAccount({ kind, scope }: SyncError): boolean {
  return kind === 'rate_limited' && (scope ?? 'account') === 'account';
}

/**
 * Delay before the next try, in milliseconds: what the vendor asks for, else a moment, during which the other parts are
 * listed.
 */
export function retryDelayMs({ kind, code, retryAfterMs }: SyncError, tries: number): number {
  // Waiting does not fix an answer's shape, and an answer corrupted in transit is fine on the next try.
  if (code === 'unexpected_answer') return 0;
  if (kind === 'rate_limited') return retryAfterMs ?? limitDelayMs;
  return Math.max(retryAfterMs ?? 0, 100 * 4 ** (tries - 1));
}

/**
 * Checks that the error concerns only this part. Our own rate limit (it has another code) and a refused sign-in do not.
 */
export function isOfPart({ kind, code, scope }: SyncError): boolean {
  return kind === 'rate_limited' ? code === 'rate_limited' : scope !== 'account';
}
