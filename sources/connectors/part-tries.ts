/**
 * How a part of a listing (a channel, a database) whose call fails is tried again before it is named as a gap. The state of
 * a listing counts the tries, since a step may go on in another process.
 */

import type { SyncError } from '../../domain/errors.ts';

/** A call that fails so often in a row, while the account itself is answered, is a part that cannot be read now. */
const maxTries = 3;
/** Others of the account may have used up what was granted meanwhile: a limit is taken for the part's own later. */
const maxRefusals = 6;
/** Where a vendor refuses a call for its limit and names no time, in milliseconds. */
const limitDelayMs = 5000;

/** Is it worth another try? @param tries how often the call has failed, this time included */
export function isTriedAgain(error: SyncError, tries: number): boolean {
  if (!mayPass(error)) return false;
  return tries < (error.kind === 'rate_limited' ? maxRefusals : maxTries);
}

/** Errors that may be over a moment later. The account is asked before they are taken for a part's own. */
export function mayPass({ kind, code }: SyncError): boolean {
  if (code === 'endless_listing') return false;
  return kind === 'unavailable' || kind === 'rate_limited' || kind === 'checkpoint_expired';
}

/** Before the next try, in milliseconds: what the vendor asks for, else a moment: the other parts come first. */
export function retryDelayMs({ kind, code, retryAfterMs }: SyncError, tries: number): number {
  // Time changes nothing about a shape; an answer that was spoilt on its way is whole the next time.
  if (code === 'unexpected_answer') return 0;
  if (kind === 'rate_limited') return retryAfterMs ?? limitDelayMs;
  return 100 * 4 ** (tries - 1);
}

/** Whatever an error says, is it true of the part alone? A limit of ours (its code is another) and a refused sign-in are not. */
export function isOfPart({ kind, code, scope }: SyncError): boolean {
  return kind === 'rate_limited' ? code === 'rate_limited' : scope !== 'account';
}
