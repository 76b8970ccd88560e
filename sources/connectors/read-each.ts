import pLimit from 'p-limit';
import { isLimit, isSyncError, SyncError } from '../../domain/errors.ts';
import type { AskedAccount } from './part-limits.ts';

/**
 * More failures than this, if they are more than half of all, are treated as an outage rather than failures of single
 * items.
 */
const maxSingleFailures = 3;

export interface ReadEach<T> {
  readonly read: ReadonlyMap<string, T>;
  /** Items that could not be read although the account answers; each error concerns only that item. */
  readonly unread: ReadonlyMap<string, SyncError>;
}

/**
 * Reads single items by id, a few at a time. Items that fail are tried once more after the others, so that a temporary
 * failure does not count. A second failure is attributed to the item itself if the account answers and most other items
 * could be read, or if most have failed in attempt after attempt: such items would otherwise stop every later job.
 * @throws SyncError for errors of the account and for failures that look like an outage
 */
export async function readEach<T>(
  ids: readonly string[],
  concurrency: number,
  read: (id: string) => Promise<T>,
  account: AskedAccount,
): Promise<ReadEach<T>> {
  const first = await readAll(ids, concurrency, read);
  const limits = [...first.unread.values()].filter(isLimit);
  if (isOutage(limits, ids)) throw ofTheAccount(limits);
  const again = [...first.unread].filter(([, error]) => error.kind === 'unavailable').map(([id]) => id);
  if (again.length === 0) return first;
  const second = await readAll(again, concurrency, read);
  const unread = new Map([...first.unread].filter(([id]) => !second.read.has(id)));
  for (const [id, error] of second.unread) unread.set(id, error);
  const failures = [...second.unread.values()];
  const outage = failures.find(({ kind }) => kind === 'unavailable');
  if (outage !== undefined) {
    if (isOutage(failures, ids) && account.isRefusedRepeatedly !== true) throw outage;
    await account.askAccount();
  }
  return { read: new Map([...first.read, ...second.read]), unread };
}

function isOutage(failures: readonly SyncError[], ids: readonly string[]): boolean {
  return failures.length > maxSingleFailures && failures.length > ids.length / 2;
}

/** The account answers, but nearly everything in it is limited, so waiting is all that helps. */
function ofTheAccount(limits: readonly SyncError[]): SyncError {
  const [first] = limits.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0));
  const { kind = 'rate_limited', operatorMessage, retryAfterMs } = first ?? {};
  return new SyncError(kind, {
    message: 'The vendor limits requests for nearly everything in this account. The sync resumes automatically.',
    scope: 'account',
    ...(operatorMessage === undefined ? {} : { operatorMessage }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Checks whether the error concerns the whole account, regardless of what was requested. */
export function isOfAccount({ scope, kind }: SyncError): boolean {
  if (scope !== undefined) return scope === 'account';
  return (
    kind === 'rate_limited' || kind === 'quota_exhausted' || kind === 'unauthorized' || kind === 'insufficient_scope'
  );
}

/** Starts no further calls after the account has been refused. */
async function readAll<T>(
  ids: readonly string[],
  concurrency: number,
  readOne: (id: string) => Promise<T>,
): Promise<ReadEach<T>> {
  const limit = pLimit(concurrency);
  const read = new Map<string, T>();
  const unread = new Map<string, SyncError>();
  const one = async (id: string): Promise<void> => {
    try {
      read.set(id, await readOne(id));
    } catch (error) {
      if (!isSyncError(error) || isOfAccount(error)) throw error;
      unread.set(id, error);
    }
  };
  try {
    await Promise.all(ids.map((id) => limit(one, id)));
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
  return { read, unread };
}
