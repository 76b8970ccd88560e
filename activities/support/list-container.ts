import { findContainerName } from '../../db/items/gaps.ts';
import { isSyncError, type SyncError, toSyncError, withScope } from '../../domain/errors.ts';
import type { JobRef } from '../../domain/contract.ts';
import { isMissingSelection } from '../../domain/missing-selection.ts';
import type { ListPage } from '../../domain/source.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import type { ActivityContext } from './activity.ts';
import { askOnce, confirmSignIn, isGivenUp, restOf } from './item-errors.ts';

interface Attempt extends Pick<ActivityContext, 'asUser' | 'attempt' | 'signal'> {
  readonly ref: JobRef;
  readonly connector: Connector;
}

/**
 * Lists one page of a container. If the vendor refuses part of it, the container becomes a gap and the listing
 * continues (P12, P13); a later job lists it again.
 * @throws SyncError for errors that concern the account or that another attempt may resolve
 */
export async function listContainer(
  externalId: string,
  about: Attempt,
  ask: () => Promise<ListPage>,
): Promise<ListPage> {
  if (isMissingSelection(externalId)) return emptied;
  try {
    return await ask();
  } catch (thrown) {
    about.signal.throwIfAborted();
    await confirmSignIn(
      thrown,
      'container',
      askOnce(() => about.connector.check(about.signal)),
    );
    const error = withScope(toSyncError(thrown), 'container');
    const isSaidToBe = isSyncError(thrown) && thrown.scope === 'container';
    if (!isOfContainer(error, about.attempt, isSaidToBe)) throw error;
    if (error.kind === 'not_found' && (await isDeleted(externalId, about))) return emptied;
    return await gapOf(externalId, error, about);
  }
}

function isOfContainer(error: SyncError, attempt: number, isSaidToBe: boolean): boolean {
  switch (error.remedy) {
    case 'skip_item':
    case 'check_sign_in':
    case 'defer':
      return true;
    case 'retry_item':
      return isGivenUp(error, attempt);
    case 'restart_full':
      // The container's own position is lost, so the next job lists it from the start. Without a scope, the error may
      // concern the main listing's position.
      return isSaidToBe;
    case 'retry':
    case 'sign_in':
    case 'stop_job':
      return false;
  }
}

/** There is no such container (any more): all known items in it are missing and are confirmed before they are deleted. */
const emptied: ListPage = { entries: [], next: { more: false, checkpoint: null, complete: true } };

/** "Not found" may also mean a refusal. If single ids can be looked up, the vendor is asked about this one. */
async function isDeleted(externalId: string, { connector, signal }: Attempt): Promise<boolean> {
  if (connector.lookUpBatchSize === undefined) return false;
  try {
    const entries = await connector.lookUp([externalId], signal);
    return entries.length > 0 && entries.every((entry) => entry.state === 'deleted' && entry.externalId === externalId);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function gapOf(externalId: string, error: SyncError, { asUser, ref }: Attempt): Promise<ListPage> {
  const name = await asUser((trx) => findContainerName(trx, ref, externalId));
  const { code, message } = error;
  const gap = { state: 'gap', externalId, name, code, message, retryAfterMs: restOf(error) } as const;
  return { entries: [gap], next: { more: false, checkpoint: null, complete: false } };
}
