import type { Entry } from '../../domain/source.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { lookUpAll, type LookUpAttempt } from './look-up.ts';

export interface MissedAnswers {
  /** Items that exist after all, with their facts, and other containers. */
  readonly there: readonly Entry[];
  readonly deleted: readonly string[];
  /** Ids for which the vendor refused to answer or returned nothing. They stay. */
  readonly kept: readonly string[];
}

/**
 * Looks up ids of items that a listing did not contain. An item counts as deleted if the vendor reports it as deleted,
 * or as a container: if ids are paths, a folder may have taken the place of a file, and was listed as a folder.
 * @throws SyncError like `lookUpAll`
 */
export async function confirmMissed(
  connector: Connector,
  ids: readonly string[],
  about: LookUpAttempt,
): Promise<MissedAnswers> {
  const { entries } = await lookUpAll(connector, ids, about);
  const idsOf = (...states: readonly string[]): ReadonlySet<string> =>
    new Set(
      entries.flatMap((entry) =>
        states.includes(entry.state) && 'externalId' in entry ? [entry.externalId ?? ''] : [],
      ),
    );
  const known = idsOf('present');
  const named = idsOf('deleted', 'container');
  const deleted = ids.filter((id) => named.has(id) && !known.has(id));
  const there = entries.filter(
    (entry) => entry.state === 'present' || (entry.state === 'container' && !deleted.includes(entry.externalId)),
  );
  return { there, deleted, kept: ids.filter((id) => !known.has(id) && !named.has(id)) };
}
