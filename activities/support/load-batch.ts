import { type Applicable, findApplicable } from '../../db/documents/transformations.ts';
import { findSyncSource, type SyncSource } from '../../db/jobs/job-lifecycle.ts';
import { findBatchItems, type LedgerItem } from '../../db/jobs/ledger.ts';
import type { ItemState } from '../../db/tables/job-items.ts';
import type { BatchRef } from '../../domain/contract.ts';
import { SyncError } from '../../domain/errors.ts';
import type { ActivityTransactions } from './activity.ts';

export interface Batch {
  readonly items: readonly LedgerItem[];
  readonly source: SyncSource;
  /** The transformations that apply to the source now. */
  readonly applicable: Applicable;
}

/** The items of a batch that wait in `state`, and what a step needs to know of their source. @throws SyncError `invalid_input` */
export async function loadBatch({ asUser }: ActivityTransactions, ref: BatchRef, state: ItemState): Promise<Batch> {
  return await asUser(async (trx) => {
    const source = await findSyncSource(trx, ref.dataSourceId);
    if (source === undefined) throw new SyncError('invalid_input', { message: 'The data source was deleted.' });
    return {
      items: await findBatchItems(trx, ref, state),
      source,
      applicable: await findApplicable(trx, source.sourceType),
    };
  });
}
