import { type SyncError, toSyncError, withScope } from '../../domain/errors.ts';
import type { Entry } from '../../domain/source.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { type CheckSignIn, confirmSignIn, isGivenUp } from './item-errors.ts';

export interface MissedAnswers {
  /** What is there after all, with its facts, and containers of that id. */
  readonly there: readonly Entry[];
  readonly gone: readonly string[];
  /** The vendor refused to tell, or said nothing of it: it stays. */
  readonly kept: readonly string[];
}

interface Attempt {
  readonly attempt: number;
  readonly checkSignIn: CheckSignIn;
  readonly signal: AbortSignal;
}

/**
 * Asks for ids that a listing missed. Only what the vendor says to be gone is gone; a refusal of a batch is narrowed down by
 * halving it, so that one id whose answer cannot be had keeps no others.
 * @throws SyncError what is true of the account, and what may pass with another attempt
 */
export async function confirmMissed(
  connector: Connector,
  ids: readonly string[],
  about: Attempt,
): Promise<MissedAnswers> {
  try {
    return sortAnswers(ids, await connector.lookUp(ids, about.signal));
  } catch (thrown) {
    about.signal.throwIfAborted();
    await confirmSignIn(thrown, 'item', about.checkSignIn);
    const error = withScope(toSyncError(thrown), 'item');
    if (!isOfTheseIds(error, about.attempt)) throw error;
    if (ids.length === 1) return { there: [], gone: [], kept: ids };
    const half = Math.ceil(ids.length / 2);
    const first = await confirmMissed(connector, ids.slice(0, half), about);
    const second = await confirmMissed(connector, ids.slice(half), about);
    return {
      there: [...first.there, ...second.there],
      gone: [...first.gone, ...second.gone],
      kept: [...first.kept, ...second.kept],
    };
  }
}

/** A vendor that does not answer gets a few attempts of the step; then what it would not tell stays, and the job goes on. */
function isOfTheseIds(error: SyncError, attempt: number): boolean {
  if (error.remedy === 'retry_item') return isGivenUp(error, attempt);
  return error.remedy === 'skip_item' || error.remedy === 'defer' || error.remedy === 'check_sign_in';
}

function sortAnswers(ids: readonly string[], entries: readonly Entry[]): MissedAnswers {
  const asked = new Set(ids);
  const there = entries.filter((entry) => entry.state === 'present' || entry.state === 'container');
  const known = new Set(there.map((entry) => entry.externalId));
  const gone = new Set(
    entries.flatMap((entry) => (entry.state === 'gone' && !known.has(entry.externalId) ? [entry.externalId] : [])),
  );
  return {
    there,
    gone: [...gone].filter((id) => asked.has(id)),
    kept: ids.filter((id) => !known.has(id) && !gone.has(id)),
  };
}
