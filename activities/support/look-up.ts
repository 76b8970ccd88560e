import { type SyncError, toSyncError, withScope } from '../../domain/errors.ts';
import type { Entry } from '../../domain/source.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { type CheckSignIn, confirmSignIn, isGivenUp } from './item-errors.ts';

/** Number of ids in one call if the connector sets none. */
const idsPerCall = 500;

export interface LookUpAttempt {
  readonly attempt: number;
  readonly checkSignIn: CheckSignIn;
  readonly signal: AbortSignal;
}

export interface LookedUp {
  readonly entries: readonly Entry[];
  /** Ids that the vendor refused to look up, with the errors. */
  readonly refused: readonly { readonly externalId: string; readonly error: SyncError }[];
}

/**
 * Looks up single ids, in calls of the connector's batch size. A failed call is halved repeatedly, so that one id
 * without an answer does not affect the others (P12).
 * @throws SyncError for errors that concern the account or that another attempt may resolve
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

/** If the vendor does not answer, the activity is attempted a few times. Then the job continues without these ids. */
function isOfTheseIds(error: SyncError, attempt: number): boolean {
  if (error.remedy === 'retry_item') return isGivenUp(error, attempt);
  return error.remedy === 'skip_item' || error.remedy === 'defer' || error.remedy === 'check_sign_in';
}

function together(parts: readonly LookedUp[]): LookedUp {
  return { entries: parts.flatMap(({ entries }) => entries), refused: parts.flatMap(({ refused }) => refused) };
}
