import type { Selection } from '../../db/items/selection.ts';
import type { JobRow, SyncSource } from '../../db/jobs/job-lifecycle.ts';
import type { Connector } from '../../sources/connectors/connector.ts';

/**
 * Returns what the config selects in this job; undefined if that is everything. Until a full listing has applied a
 * changed config, only full listings remove what it no longer selects, because they ask a person first.
 */
export function selectionOf(
  { selects, retainDays }: Pick<Connector, 'selects' | 'retainDays'>,
  { configChangedAt }: Pick<SyncSource, 'configChangedAt'>,
  job: Pick<JobRow, 'mode'> | undefined,
): Selection | undefined {
  if (selects === undefined) return undefined;
  const isFull = job?.mode === 'full';
  return { selects, retainDays: retainDays ?? null, isFull, removesOutside: isFull || configChangedAt === null };
}
