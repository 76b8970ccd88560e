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
 * Looks up ids of items that a listing did not contain. Deleted are those that the vendor reports as deleted, or as
 * containers: a folder that took a file's place, whose id is a path, is no item any more, and was listed as what it is.
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
