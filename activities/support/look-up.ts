import { type SyncError, toSyncError, withScope } from '../../domain/errors.ts';
import type { Entry } from '../../domain/source.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { type CheckSignIn, confirmSignIn, isGivenUp } from './item-errors.ts';

/** Ids of one call where the connector names no number. */
const idsPerCall = 500;

export interface LookUpAttempt {
  readonly attempt: number;
  readonly checkSignIn: CheckSignIn;
  readonly signal: AbortSignal;
}

export interface LookedUp {
  readonly entries: readonly Entry[];
  /** Ids of which the vendor refused to tell anything, and how. */
  readonly refused: readonly { readonly externalId: string; readonly error: SyncError }[];
}

/**
 * Asks for single ids, in calls of the connector's size. A refused call is narrowed down by halving it, so that one id whose
 * answer cannot be had keeps no others from theirs (P12).
 * @throws SyncError what is true of the account, and what may pass with another attempt
 */
export async function lookUpAll(connector: Connector, ids: readonly string[], about: LookUpAttempt): Promise<LookedUp> {
  const size = connector.lookUpBatchSize ?? idsPerCall;
  const found: LookedUp[] = [];
  for (let at = 0; at < ids.length; at += size) found.push(await inHalves(connector, ids.slice(at, at + size), about));
  return together(found);
}

async function inHalves(connector: Connector, ids: readonly string[], about: LookUpAttempt): Promise<LookedUp> {
  try {
    return { entries: await connector.lookUp(ids, about.signal), refused: [] };
  } catch (thrown) {
    about.signal.throwIfAborted();
    await confirmSignIn(thrown, 'item', about.checkSignIn);
    const error = withScope(toSyncError(thrown), 'item');
    if (!isOfTheseIds(error, about.attempt)) throw error;
    if (ids.length <= 1) return { entries: [], refused: ids.map((externalId) => ({ externalId, error })) };
    const half = Math.ceil(ids.length / 2);
    const first = await inHalves(connector, ids.slice(0, half), about);
    return together([first, await inHalves(connector, ids.slice(half), about)]);
  }
}

/** A vendor that does not answer gets a few attempts of the step; then the job goes on without what it would not tell. */
function isOfTheseIds(error: SyncError, attempt: number): boolean {
  if (error.remedy === 'retry_item') return isGivenUp(error, attempt);
  return error.remedy === 'skip_item' || error.remedy === 'defer' || error.remedy === 'check_sign_in';
}

function together(parts: readonly LookedUp[]): LookedUp {
  return { entries: parts.flatMap(({ entries }) => entries), refused: parts.flatMap(({ refused }) => refused) };
}
