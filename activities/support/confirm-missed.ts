import type { Entry } from '../../domain/source.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { lookUpAll, type LookUpAttempt } from './look-up.ts';

export interface MissedAnswers {
  /** What is there after all, with its facts, and containers of that id. */
  readonly there: readonly Entry[];
  readonly deleted: readonly string[];
  /** The vendor refused to tell, or said nothing of it: it stays. */
  readonly kept: readonly string[];
}

/**
 * Asks for ids that a listing missed. Only what the vendor says to be gone is gone.
 * @throws SyncError as `lookUpAll`
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
