import type { Connector } from '../connectors/connector.ts';
import { isSyncError, type SyncError } from '../../domain/errors.ts';
import type { AccountBlock } from './retry-after.ts';
import { ownLimitCode } from './rate-limiter.ts';

/**
 * How long all calls pause if the vendor gives no Retry-After. The refused activity itself waits for its own backoff.
 */
const defaultPauseMs = 1000;

/** Wraps a connector with the block of its account: it makes no calls while the account is rate limited. */
export function limitConnector(
  connector: Connector,
  accountBlock: AccountBlock,
  onThrottle: (by: 'vendor' | 'own_rate_limit') => void,
): Connector {
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    await accountBlock.check();
    try {
      return await call();
    } catch (error) {
      if (isSyncError(error) && pausesAccount(error)) {
        const isOurs = error.code === ownLimitCode;
        onThrottle(isOurs ? 'own_rate_limit' : 'vendor');
        if (!isOurs) await accountBlock.block(error.retryAfterMs ?? defaultPauseMs, error.kind === 'rate_limited');
      }
      throw error;
    }
  };
  return {
    ...connector,
    check: (signal) => through(() => connector.check(signal)),
    listPage: (position, signal) => through(() => connector.listPage(position, signal)),
    fetch: (ref, signal, isLastTry) => through(() => connector.fetch(ref, signal, isLastTry)),
    lookUp: (ids, signal) => through(() => connector.lookUp(ids, signal)),
  };
}

/** A limit on one item or container (for example, a file downloaded too often today) does not pause anything else. */
function pausesAccount({ kind, scope }: SyncError): boolean {
  return (kind === 'rate_limited' || kind === 'quota_exhausted') && (scope ?? 'account') === 'account';
}
