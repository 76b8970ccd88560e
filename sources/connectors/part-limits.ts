/**
 * A vendor may limit one item or container (a file that was requested too often, a folder that it cannot serve) with
 * the answer by which it limits an account. The account itself tells the two apart: if it still answers, it is not
 * limited. That is proof only if the vendor has named a long wait, or if it has refused for a while: a limit by the
 * second may be over when the account is asked, and a quota of one kind of call leaves others.
 */

import { type ErrorScope, isLimit, isSyncError, SyncError } from '../../domain/errors.ts';
import { maxRestMs } from '../../domain/retry-policy.ts';

/** The account that tells a failure of a part from one of its own. */
export interface AskedAccount {
  /** See `ConnectorContext`. */
  readonly isRefusedRepeatedly: boolean | undefined;
  /** Makes one cheap call to the account. @throws the account's own refusal */
  readonly askAccount: () => Promise<unknown>;
}

export interface PartLimits extends AskedAccount {
  /** The item, container or account that the call is about. */
  readonly scope: ErrorScope;
}

/**
 * Runs one call to a vendor that counts calls by account, whatever they are about.
 * @throws SyncError a limit with the scope of the call if it concerns only that, and every other error unchanged
 */
export async function withPartLimits<T>(work: () => Promise<T>, limits: PartLimits): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSyncError(error) || limits.scope === 'account' || !mayBeOfPart(error, limits)) throw error;
    await limits.askAccount();
    throw withOwnScope(error, limits.scope);
  }
}

function mayBeOfPart(error: SyncError, { isRefusedRepeatedly }: PartLimits): boolean {
  if (!isLimit(error) || error.scope === 'item' || error.scope === 'container') return false;
  const isLong = error.kind === 'rate_limited' && (error.retryAfterMs ?? 0) > maxRestMs;
  return isLong || isRefusedRepeatedly === true;
}

function withOwnScope({ kind, code, operatorMessage, retryAfterMs }: SyncError, scope: ErrorScope): SyncError {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const message = `The vendor limits requests for this ${scope === 'item' ? 'item' : 'folder'}, although it answers for the account. A later sync tries again.`;
  return new SyncError(kind, { code, message, operatorMessage, scope, ...wait });
}
