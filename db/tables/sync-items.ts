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
  /** What was changed so that it could be stored. */
  notes: Json<readonly Note[]> | null;
  externalModifiedAt: Time | null;
  /** What the latest listing said. */
  listedHash: string;
  /** What was last recorded as synced or skipped; null until then. */
  externalHash: string | null;
  externalHashKind: FingerprintKind;
  /** sha-256 of the bytes last synced. */
  contentHash: string | null;
  localDocumentId: string | null;
  syncStatus: Generated<SyncStatus>;
  /** Names the transformations it last went through; '' for none. */
  transformationsHash: Generated<string>;
  lastErrorCode: string | null;
  lastErrorMessage: string | null;
  attempts: Generated<number>;
  nextAttemptAt: Time | null;
  /** Until then the vendor wants it left alone: no job tries it before, unless it is asked for by hand. */
  deferredUntil: Time | null;
  lastSeenJobId: string | null;
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
}

/** A part of a source that could not be listed, until it can. An empty `externalId`: it is not known which. */
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
