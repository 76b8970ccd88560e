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
  /** An AES-256-GCM envelope that only `sources/credentials/` opens. */
  authData: Json<unknown> | null;
  tokenRefreshLockedUntil: Time | null;
  accountLabel: string | null;
  /** Time of the last sign-in. A failure of an earlier sign-in does not affect the current one. */
  connectedAt: Time | null;
  config: ColumnType<Record<string, unknown>, string | undefined, string>;
  /** When the config was changed; null once a full listing has applied it. */
  configChangedAt: Time | null;
  checkpoint: string | null;
  lastFullListingAt: Time | null;
  reconcileIntervalHours: Generated<number>;
  lastSyncAt: Time | null;
  lastSyncStatus: string | null;
  lastSyncError: string | null;
  totalItemsSynced: Generated<number>;
  syncFrequency: Generated<SyncFrequency>;
  isActive: Generated<boolean>;
  /** Whether the owner wants change notifications from the vendor. */
  changeNotificationsEnabled: Generated<boolean>;
  /** Whether the vendor sends them, as far as is known. */
  changeNotificationsActive: Generated<boolean>;
  /** Why the vendor does not send them. */
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

/** The rate that all workers together may request from an account, and until when its vendor limits it. */
export interface AccountLimitsTable {
  userId: string;
  /** Source type and account label. */
  account: string;
  blockedUntil: GeneratedTime;
  /** When the next unit may be used. */
  nextAt: GeneratedTime;
  /** The share of the rate limit that refusals have left, as of `factorAt`. */
  factor: Generated<number>;
  factorAt: GeneratedTime;
}
