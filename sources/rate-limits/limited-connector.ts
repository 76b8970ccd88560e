import type { Connector } from '../connectors/connector.ts';
import { isSyncError, type SyncError } from '../../domain/errors.ts';
import type { AccountGate } from './retry-after.ts';
import { ownPaceCode } from './rate-limiter.ts';

/**
 * How long all calls pause if the vendor gives no Retry-After. The refused activity itself waits for its own backoff.
 */
const defaultPauseMs = 1000;

/** Wraps a connector with its account's gate: it makes no calls while the account is rate limited. */
export function limitConnector(
  connector: Connector,
  gate: AccountGate,
  onThrottle: (by: 'vendor' | 'own_pace') => void,
): Connector {
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    await gate.check();
    try {
      return await call();
    } catch (error) {
      if (isSyncError(error) && isLimitOfAccount(error)) {
        const isOurs = error.code === ownPaceCode;
        onThrottle(isOurs ? 'own_pace' : 'vendor');
        if (!isOurs) await gate.block(error.retryAfterMs ?? defaultPauseMs, error.kind === 'rate_limited');
      }
      throw error;
    }
  };
  return {
    ...connector,
    check: (signal) => through(() => connector.check(signal)),
    listPage: (position, signal) => through(() => connector.listPage(position, signal)),
    fetch: (ref, signal) => through(() => connector.fetch(ref, signal)),
    lookUp: (ids, signal) => through(() => connector.lookUp(ids, signal)),
  };
}

/** A limit on one item or container (for example, a file downloaded too often today) does not pause anything else. */
function isLimitOfAccount({ kind, scope }: SyncError): boolean {
  return (kind === 'rate_limited' || kind === 'quota_exhausted') && (scope ?? 'account') === 'account';
}
