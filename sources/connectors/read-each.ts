import pLimit from 'p-limit';
import { isSyncError, type SyncError } from '../../domain/errors.ts';

/** More failures than this, and more than half of all, are no longer single items' failures. */
const maxSingleFailures = 3;

export interface ReadEach<T> {
  readonly read: ReadonlyMap<string, T>;
  /** Those that could not be read while the account answers: each is that one's own trouble. */
  readonly unread: ReadonlyMap<string, SyncError>;
}

/**
 * Reads single things by their ids, a few at once. What does not answer is asked once more after the others, so that a passing
 * failure is none. What fails then fails alone, if the account answers meanwhile and most others could be read.
 * @param asksAccount one cheap call that shows whether the account can be read at all
 * @throws SyncError what is true of the account, and what looks like an outage
 */
export async function readEach<T>(
  ids: readonly string[],
  concurrency: number,
  read: (id: string) => Promise<T>,
  asksAccount: () => Promise<unknown>,
): Promise<ReadEach<T>> {
  const first = await readAll(ids, concurrency, read);
  const again = [...first.unread].filter(([, error]) => error.kind === 'unavailable').map(([id]) => id);
  if (again.length === 0) return first;
  const second = await readAll(again, concurrency, read);
  const unread = new Map([...first.unread].filter(([id]) => !second.read.has(id)));
  for (const [id, error] of second.unread) unread.set(id, error);
  const [outage] = [...second.unread.values()].filter(({ kind }) => kind === 'unavailable');
  if (outage !== undefined) {
    if (second.unread.size > maxSingleFailures && second.unread.size > ids.length / 2) throw outage;
    await asksAccount();
  }
  return { read: new Map([...first.read, ...second.read]), unread };
}

/** Is it true of the whole account, whatever was asked for? */
export function isOfAccount({ scope, kind }: SyncError): boolean {
  if (scope !== undefined) return scope === 'account';
  return (
    kind === 'rate_limited' || kind === 'quota_exhausted' || kind === 'unauthorized' || kind === 'insufficient_scope'
  );
}

/** After a refusal of the account no further call is begun. */
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
    await Promise.all(ids.map(async (id) => await limit(one, id)));
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
  return { read, unread };
}
