import type { Entry } from '../../domain/source.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { lookUpAll, type LookUpAttempt } from './look-up.ts';

export interface MissedAnswers {
  /** Items that exist after all, with their facts, and containers with these ids. */
  readonly there: readonly Entry[];
  readonly deleted: readonly string[];
  /** Ids for which the vendor refused to answer or returned nothing. They stay. */
  readonly kept: readonly string[];
}

/**
 * Looks up ids that a listing did not contain. Only those that the vendor reports as deleted are deleted.
 * @throws SyncError like `lookUpAll`
 */
export async function confirmMissed(
  connector: Connector,
  ids: readonly string[],
  about: LookUpAttempt,
): Promise<MissedAnswers> {
  const { entries } = await lookUpAll(connector, ids, about);
  const there = entries.filter((entry) => entry.state === 'present' || entry.state === 'container');
  const known = new Set(there.map((entry) => entry.externalId));
  const named = new Set(entries.flatMap((entry) => (entry.state === 'deleted' ? [entry.externalId] : [])));
  const deleted = ids.filter((id) => named.has(id) && !known.has(id));
  return { there, deleted, kept: ids.filter((id) => !known.has(id) && !named.has(id)) };
}
