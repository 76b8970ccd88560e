import type { Generated } from 'kysely';
import type { Outcome } from '../../domain/contract.ts';
import type { FingerprintKind, ItemType } from '../../domain/source.ts';
import type { Note } from '../../domain/storable.ts';
import type { BigInteger, GeneratedBigInteger, GeneratedTime, Json, Time } from './columns.ts';

/**
 * `touch`: only facts changed (name, place, time). `keep`: unchanged; its row is dropped when the page closes. `retry`:
 * failed in an earlier job, or requested by hand. `reprocess`: its transformations or its name have changed. `defer`:
 * failed in an earlier job, and the vendor's requested wait has not passed.
 */
export type ItemAction = 'create' | 'update' | 'touch' | 'delete' | 'skip' | 'retry' | 'keep' | 'reprocess' | 'defer';
export type ItemState = 'listed' | 'planned' | 'downloaded' | 'transformed' | 'done';

export interface JobItemsTable {
  jobId: string;
  externalId: string;
  userId: string;
  dataSourceId: string;
  page: number;
  batch: number | null;
  deleted: Generated<boolean>;
  itemType: ItemType | null;
  name: string | null;
  parentExternalId: string | null;
  externalPath: string | null;
  mimeType: string | null;
  size: BigInteger | null;
  externalModifiedAt: Time | null;
  listedHash: string | null;
  hashKind: FingerprintKind | null;
  webUrl: string | null;
  hints: Json<Record<string, string>> | null;
  /** The changes that were made so that it could be stored. */
  notes: Json<readonly Note[]> | null;
  action: ItemAction | null;
  state: Generated<ItemState>;
  outcome: Outcome | null;
  errorCode: string | null;
  errorMessage: string | null;
  documentId: string | null;
  contentHash: string | null;
  contentMimeType: string | null;
  extractedHash: string | null;
  /** Identifies the transformations that it went through in this job. */
  transformationsHash: string | null;
  /** Attempts at this item alone that never reported an end. */
  attemptsAlone: Generated<number>;
  bytes: GeneratedBigInteger;
  updatedAt: GeneratedTime;
}
