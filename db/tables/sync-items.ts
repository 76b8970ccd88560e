import type { Generated } from 'kysely';
import type { FingerprintKind, ItemType } from '../../domain/source.ts';
import type { Note } from '../../domain/storable.ts';
import type { BigInteger, GeneratedTime, Json, Time } from './columns.ts';

export type SyncStatus = 'pending' | 'synced' | 'skipped' | 'failed';

export interface SyncItemsTable {
  id: Generated<string>;
  userId: string;
  dataSourceId: string;
  externalId: string;
  parentExternalId: string | null;
  externalPath: string;
  name: string;
  itemType: ItemType;
  mimeType: string | null;
  size: BigInteger | null;
  webUrl: string | null;
  hints: Json<Record<string, string>> | null;
  /** The changes that were made so that it could be stored. */
  notes: Json<readonly Note[]> | null;
  externalModifiedAt: Time | null;
  /** From the latest listing. */
  listedHash: string;
  /** The fingerprint last recorded as synced or skipped; null until then. */
  externalHash: string | null;
  externalHashKind: FingerprintKind;
  /** sha-256 of the bytes last synced. */
  contentHash: string | null;
  localDocumentId: string | null;
  syncStatus: Generated<SyncStatus>;
  /** Identifies the transformations that it last went through; '' if there were none. */
  transformationsHash: Generated<string>;
  lastErrorCode: string | null;
  lastErrorMessage: string | null;
  attempts: Generated<number>;
  nextAttemptAt: Time | null;
  /** The end of the vendor's requested wait. Jobs do not retry the item before it, unless a person requests it. */
  deferredUntil: Time | null;
  lastSeenJobId: string | null;
  /** The full listing that missed it, if the vendor could not say whether it was deleted. */
  missedBy: string | null;
  /** How many jobs asked for it in vain since then. */
  missedTimes: Generated<number>;
  /** When it is asked for again; null for the next job. */
  confirmAfter: Time | null;
  lastSyncedAt: Time | null;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

export interface SourceContainersTable {
  userId: string;
  dataSourceId: string;
  externalId: string;
  parentExternalId: string | null;
  name: string;
  lastSeenJobId: string | null;
  /** The job that was the first to see it with this name and parent. */
  changedBy: string | null;
}

/** A part of a source that could not be listed, until it can. The `externalId` is empty if it is unknown which part. */
export interface SourceGapsTable {
  dataSourceId: string;
  externalId: string;
  userId: string;
  name: string;
  code: string;
  message: string;
  since: GeneratedTime;
  attempts: Generated<number>;
  nextAttemptAt: Time | null;
  lastJobId: string;
}
