import type { ColumnType, Generated } from 'kysely';
import type { SourceType } from '../../domain/source.ts';
import type { GeneratedTime, Json, Time } from './columns.ts';

export type ConnectionStatus = 'connected' | 'disconnected' | 'error' | 'syncing';
export type ConnectionProvider = 'oauth' | 'composio' | 'token';
export type SyncFrequency = 'manual' | 'hourly' | 'daily' | 'weekly';

export interface DataSourcesTable {
  id: Generated<string>;
  userId: string;
  name: string;
  sourceType: SourceType;
  connectionStatus: Generated<ConnectionStatus>;
  connectionProvider: ConnectionProvider | null;
  needsSignIn: Generated<boolean>;
  /** An AES-256-GCM envelope; only `sources/credentials/` opens it. */
  authData: Json<unknown> | null;
  tokenRefreshLockedUntil: Time | null;
  accountLabel: string | null;
  /** Of the last sign-in: a failure of an earlier one says nothing about it. */
  connectedAt: Time | null;
  config: ColumnType<Record<string, unknown>, string | undefined, string>;
  checkpoint: string | null;
  lastFullListingAt: Time | null;
  reconcileIntervalHours: Generated<number>;
  lastSyncAt: Time | null;
  lastSyncStatus: string | null;
  lastSyncError: string | null;
  totalItemsSynced: Generated<number>;
  syncFrequency: Generated<SyncFrequency>;
  isActive: Generated<boolean>;
  /** Its owner wants the vendor's hints. */
  changeNotificationsEnabled: Generated<boolean>;
  /** The vendor sends them, as far as is known. */
  changeNotificationsActive: Generated<boolean>;
  /** Why it does not. */
  changeNotificationsError: string | null;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

export interface OauthStatesTable {
  stateHash: string;
  userId: string;
  dataSourceId: string;
  codeVerifier: Json<unknown>;
  redirectUri: string;
  expiresAt: Time;
  createdAt: GeneratedTime;
}

/** What all workers together may ask of an account, and until when its vendor has asked for patience. */
export interface AccountLimitsTable {
  userId: string;
  /** Source type and account label. */
  account: string;
  blockedUntil: GeneratedTime;
  /** When the next unit may be spent. */
  nextAt: GeneratedTime;
  /** The share of the ceiling that refusals have left, at `factorAt`. */
  factor: Generated<number>;
  factorAt: GeneratedTime;
}
