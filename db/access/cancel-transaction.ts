import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';

/** Names one transaction: a connection has many one after another, and several connections can start one at a time. */
export interface TransactionId {
  readonly pid: number;
  /** `now()` of the transaction as text, because a `Date` loses the microseconds. */
  readonly startedAt: string;
}

/** How often a cancelled transaction is asked to end, in milliseconds: between two statements it does not notice. */
const repeatMs = 500;

/**
 * Cancels the statement that a transaction executes or that waits for a lock, from the moment the signal is aborted
 * until the result is disposed of. It does nothing to a later transaction of the same connection. On the embedded
 * database, whose only connection the transaction uses, it has no effect.
 */
export function cancelOn(signal: AbortSignal, db: Kysely<Database>, { pid, startedAt }: TransactionId): Disposable {
  const ended = new AbortController();
  const request = sql`
    select pg_cancel_backend(pid) from pg_stat_activity
    where pid = ${pid} and xact_start = ${startedAt}::timestamptz`;
  const cancel = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      // A request that fails is repeated like one that came between two statements.
      await request.execute(db).catch(() => undefined);
      await sleep(repeatMs);
    }
  };
  const onAbort = (): void => void cancel();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    [Symbol.dispose]: () => {
      ended.abort();
      signal.removeEventListener('abort', onAbort);
    },
  };
}
