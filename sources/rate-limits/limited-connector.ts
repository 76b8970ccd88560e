import type { Connector } from '../connectors/connector.ts';
import { isSyncError, type SyncError } from '../../domain/errors.ts';
import type { AccountGate } from './retry-after.ts';
import { ownPaceCode } from './rate-limiter.ts';

/** Where the vendor names no time, nobody calls for so long; the step that was refused waits by its own back-off. */
const defaultPauseMs = 1000;

/** The same connector behind its account's gate: no call while the vendor has asked for patience. */
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
    check: async (signal) => await through(async () => await connector.check(signal)),
    listPage: async (position, signal) => await through(async () => await connector.listPage(position, signal)),
    fetch: async (ref, signal) => await through(async () => await connector.fetch(ref, signal)),
    lookUp: async (ids, signal) => await through(async () => await connector.lookUp(ids, signal)),
  };
}

/** A limit of one item or container (a file that too many people downloaded today) holds nothing else. */
function isLimitOfAccount({ kind, scope }: SyncError): boolean {
  return (kind === 'rate_limited' || kind === 'quota_exhausted') && (scope ?? 'account') === 'account';
}
