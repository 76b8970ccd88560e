/** Written by `npm run web:types` from the API’s own description. */

export interface Choice {
  /** whether there is something to choose within it */
  hasChildren: boolean;
  label: string;
  /** what the config field takes */
  value: string;
}

export interface DataSource {
  accountLabel: string | null;
  config: Record<string, unknown>;
  connectionProvider: 'oauth' | 'composio' | 'token' | null;
  connectionStatus: 'connected' | 'disconnected' | 'error' | 'syncing';
  /** UTC, ISO 8601 */
  createdAt: string;
  /** @format uuid */
  id: string;
  isActive: boolean;
  /** UTC, ISO 8601 */
  lastFullListingAt: string | null;
  /** UTC, ISO 8601 */
  lastSyncAt: string | null;
  lastSyncError: string | null;
  lastSyncStatus: string | null;
  name: string;
  needsSignIn: boolean;
  sourceType: SourceType;
  syncFrequency: 'manual' | 'hourly' | 'daily' | 'weekly';
  totalItemsSynced: number;
  /** UTC, ISO 8601 */
  updatedAt: string;
}

export interface DataSourcesChoicesListData {
  choices: Choice[];
}

export interface DataSourcesConnectListData {
  authorizationUrl: string;
}

export interface DataSourcesCreateData {
  dataSource: DataSource;
}

export interface DataSourcesCreatePayload {
  /**
   * what to sync; its shape depends on the source type
   * @default {}
   */
  config?: Record<string, unknown>;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
  sourceType: SourceType;
  /** @default "manual" */
  syncFrequency?: 'manual' | 'hourly' | 'daily' | 'weekly';
}

export interface DataSourcesCredentialsUpdateData {
  dataSource: DataSource;
}

export interface DataSourcesCredentialsUpdatePayload {
  /**
   * @minLength 1
   * @maxLength 10000
   */
  accessToken: string;
  /** @format date-time */
  expiresAt?: string;
  /**
   * @minLength 1
   * @maxLength 10000
   */
  refreshToken?: string;
}

export interface DataSourcesDeleteData {
  deletion: Deletion;
}

export interface DataSourcesDisconnectCreateData {
  dataSource: DataSource;
}

export interface DataSourcesListData {
  dataSources: DataSource[];
}

export interface DataSourcesSyncApproveCreateData {
  job: Job;
}

export interface DataSourcesSyncCreateData {
  job: Job;
}

export interface DataSourcesSyncCreatePayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default false */
  dryRun?: boolean;
  /** @maxItems 10000 */
  externalIds?: string[];
  /** @default "incremental" */
  jobType?: 'full_sync' | 'incremental' | 'delta' | 'manual';
}

export interface DataSourcesSyncDeleteData {
  job: Job;
}

export interface DataSourcesSyncDetailData {
  job: Job;
}

export type DataSourcesSyncEventsListData = unknown;

export interface DataSourcesSyncItemsListData {
  items: JobItem[];
  /** null: this was the last page */
  nextCursor: string | null;
}

export interface DataSourcesSyncKeepCreateData {
  job: Job;
}

export interface DataSourcesSyncListData {
  jobs: Job[];
  /** null: this was the last page */
  nextCursor: string | null;
}

export interface DataSourcesSyncPauseCreateData {
  job: Job;
}

export type DataSourcesSyncReceiptListData = unknown;

export interface DataSourcesSyncRemovalsListData {
  items: UnseenItem[];
  /** null: this was the last page */
  nextCursor: string | null;
}

export interface DataSourcesSyncResumeCreateData {
  job: Job;
}

export interface DataSourcesSyncRetryCreateData {
  job: Job;
}

export interface DataSourcesSyncSpeedCreateData {
  job: Job;
}

export interface DataSourcesSyncSpeedCreatePayload {
  /**
   * @min 1
   * @max 16
   */
  pagesAtOnce?: number | null;
  /**
   * @min 0.01
   * @max 1000
   */
  requestsPerSecond?: number | null;
}

export interface DataSourcesUpdateData {
  dataSource: DataSource;
}

export interface DataSourcesUpdatePayload {
  /** what to sync; its shape depends on the source type */
  config?: Record<string, unknown>;
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  syncFrequency?: 'manual' | 'hourly' | 'daily' | 'weekly';
}

export interface Deletion {
  id: string;
  result: {
    /** what could be found afterwards */
    left: {
      chunks: number;
      documents: number;
      otherRows: number;
      schedules: number;
      sources: number;
      stagedBytes: number;
      /** that nothing else uses */
      vectors: number;
    };
    removed: {
      chunks: number;
      documents: number;
      otherRows: number;
      schedules: number;
      sources: number;
      stagedBytes: number;
      /** that nothing else uses */
      vectors: number;
    };
    signInsNotRevoked: number;
    signInsRevoked: number;
  } | null;
  status: 'running' | 'completed' | 'failed';
}

export interface DeletionsListData {
  deletion: Deletion;
}

export interface Document {
  chunkCount: number;
  /** UTC, ISO 8601 */
  createdAt: string;
  /** @format uuid */
  dataSourceId: string | null;
  externalId: string;
  /** @format uuid */
  id: string;
  itemType: string;
  metadata: Record<string, unknown>;
  mimeType: string | null;
  /** UTC, ISO 8601 */
  modifiedAt: string | null;
  path: string | null;
  sourceUrl: string | null;
  title: string;
  tokens: number;
  /** UTC, ISO 8601 */
  updatedAt: string;
  version: number;
}

export interface DocumentsDeleteData {
  deletion: Deletion;
}

export interface DocumentsDetailData {
  document: {
    chunkCount: number;
    chunks?: {
      /** @format uuid */
      id: string;
      ordinal: number;
      text: string;
      tokens: number;
    }[];
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string | null;
    externalId: string;
    /** @format uuid */
    id: string;
    itemType: string;
    metadata: Record<string, unknown>;
    mimeType: string | null;
    /** UTC, ISO 8601 */
    modifiedAt: string | null;
    path: string | null;
    sourceUrl: string | null;
    text: string;
    title: string;
    tokens: number;
    /** UTC, ISO 8601 */
    updatedAt: string;
    version: number;
  };
}

export type DocumentsExplainListData = Explanation;

export interface DocumentsListData {
  documents: Document[];
  /** null: this was the last page */
  nextCursor: string | null;
}

export interface Explanation {
  /** what the last jobs did with it, newest first; unchanged runs are only counted */
  events: ItemEvent[];
  /** null: the source has no such item now */
  item: {
    /** failures since the last success */
    attempts: number;
    /** @format uuid */
    documentId: string | null;
    errorCode: string | null;
    errorMessage: string | null;
    externalId: string;
    /** UTC, ISO 8601 */
    foundAt: string;
    /** can its text be searched? */
    isLive: boolean;
    /** @format uuid */
    lastSeenJobId: string | null;
    /** UTC, ISO 8601 */
    lastSyncedAt: string | null;
    name: string;
    /** UTC, ISO 8601 */
    nextAttemptAt: string | null;
    path: string;
    syncStatus: 'pending' | 'synced' | 'skipped' | 'failed';
  } | null;
  /** for people */
  summary: string;
}

export interface HealthzListData {
  status: 'ok';
}

export interface ItemEvent {
  action: string | null;
  /** UTC, ISO 8601 */
  at: string;
  errorCode: string | null;
  errorMessage: string | null;
  fate: 'created' | 'updated' | 'unchanged' | 'removed' | 'skipped' | 'failed' | null;
  /** @format uuid */
  jobId: string;
  name: string | null;
  state: string;
  what: string;
}

export interface Job {
  bytesProcessed: number;
  /** UTC, ISO 8601 */
  completedAt: string | null;
  counts: {
    created: number;
    failed: number;
    found: number;
    processed: number;
    removed: number;
    skipped: number;
    unchanged: number;
    updated: number;
  };
  /** UTC, ISO 8601 */
  createdAt: string;
  /** @format uuid */
  dataSourceId: string;
  dryRun: boolean;
  errorCode: string | null;
  errorMessage: string | null;
  /** why the job ran otherwise than asked */
  fallback: string | null;
  /** @format uuid */
  id: string;
  jobType: 'full_sync' | 'incremental' | 'delta' | 'manual';
  mode: 'full' | 'feed' | 'window' | 'manual' | null;
  plan: JobPlan | null;
  /** only while the job runs */
  progress: {
    /** of the last minute */
    itemsPerSecond: number | null;
    listingComplete: boolean;
    /** null while the listing goes on: nobody knows the total yet */
    percent: number | null;
    /** at the rate of the last minute */
    secondsLeft: number | null;
    /** between the rate of the last minute and that since the start */
    secondsLeftRange: {
      least: number;
      most: number;
    } | null;
    stage: string | null;
    /** items by how far they have come; those that wait have been found but not fetched */
    stages: {
      done: number;
      downloaded: number;
      transformed: number;
      waiting: number;
    };
    waitingFor: WaitingFor | null;
  } | null;
  removals: {
    count: number;
    decision: 'waiting' | 'approve' | 'keep';
    of: number;
  } | null;
  /** as somebody has set it for this job; null: the usual */
  speed: {
    pagesAtOnce: number | null;
    requestsPerSecond: number | null;
  };
  /** UTC, ISO 8601 */
  startedAt: string | null;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  sweepSkipped: string | null;
  temporalUrl: string | null;
  trigger: 'api' | 'schedule' | 'cli' | 'retry';
  workflowId: string | null;
}

export interface JobItem {
  action: string | null;
  bytes: number;
  errorCode: string | null;
  errorMessage: string | null;
  externalId: string;
  fate: 'created' | 'updated' | 'unchanged' | 'removed' | 'skipped' | 'failed' | null;
  mimeType: string | null;
  name: string | null;
  path: string | null;
  state: string;
  /** UTC, ISO 8601 */
  updatedAt: string;
  webUrl: string | null;
}

export interface JobPlan {
  bytes: number;
  create: number;
  /** estimated */
  embeddingDollars: number;
  estimatedSeconds: number | null;
  removalsNeedApproval: boolean;
  remove: number;
  retry: number;
  skip: number;
  /** estimated from sizes */
  tokens: number;
  unchanged: number;
  update: number;
}

export type MetricsListData = unknown;

export type OauthCallbackListData = unknown;

export interface ReadyzListData {
  checks: {
    database: {
      detail: string | null;
      ok: boolean;
    };
    migrations: {
      detail: string | null;
      ok: boolean;
    };
    temporal: {
      detail: string | null;
      ok: boolean;
    };
  };
  ready: boolean;
}

export interface ScheduledSync {
  /** UTC, ISO 8601 */
  createdAt: string;
  /** @format uuid */
  dataSourceId: string;
  /** @format uuid */
  id: string;
  isActive: boolean;
  /** UTC, ISO 8601 */
  lastRunAt: string | null;
  /** as Temporal has it; null while it is switched off */
  nextRunAt: string | null;
  /** the next five, before jitter */
  nextRuns: string[];
  scheduleConfig: Record<string, unknown>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
  /** runs that fell due while an earlier one was under way */
  skippedRuns: number;
  /** UTC, ISO 8601 */
  updatedAt: string;
}

export interface ScheduledSyncsCreateData {
  scheduledSync: ScheduledSync;
}

export interface ScheduledSyncsCreatePayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default true */
  isActive?: boolean;
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig: Record<string, unknown>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface ScheduledSyncsDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface ScheduledSyncsListData {
  scheduledSyncs: ScheduledSync[];
}

export interface ScheduledSyncsNextRunsListData {
  nextRuns: {
    /** UTC, ISO 8601 */
    at: string;
    /** @format uuid */
    dataSourceId: string;
  }[];
}

export interface ScheduledSyncsPreviewCreateData {
  nextRuns: string[];
}

export interface ScheduledSyncsPreviewCreatePayload {
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig: Record<string, unknown>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface ScheduledSyncsUpdateData {
  scheduledSync: ScheduledSync;
}

export interface ScheduledSyncsUpdatePayload {
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig?: Record<string, unknown>;
  scheduleType?: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface SearchCreateData {
  hits: SearchHit[];
}

export interface SearchCreatePayload {
  filters?: {
    /**
     * @maxItems 100
     * @minItems 1
     */
    dataSourceIds?: string[];
    /**
     * @maxItems 50
     * @minItems 1
     */
    mimeTypes?: string[];
    /** @format date-time */
    modifiedAfter?: string;
    /** @format date-time */
    modifiedBefore?: string;
    /** @minItems 1 */
    sourceTypes?: SourceType[];
  };
  /**
   * @min 1
   * @max 50
   * @default 10
   */
  limit?: number;
  /**
   * @minLength 1
   * @maxLength 2000
   */
  query: string;
}

export interface SearchHit {
  /** @format uuid */
  chunkId: string;
  /** @format uuid */
  dataSourceId: string | null;
  /** @format uuid */
  documentId: string;
  mimeType: string | null;
  /** UTC, ISO 8601 */
  modifiedAt: string | null;
  ordinal: number;
  path: string | null;
  score: number;
  snippet: string;
  sourceType: string | null;
  sourceUrl: string | null;
  title: string;
}

export interface Session {
  /** UTC, ISO 8601 */
  expiresAt: string | null;
  /** the one user of an installation without sign-in */
  isLocal: boolean;
  userId: string;
}

export interface SessionCreateData {
  session: Session;
}

export type SessionDeleteData = null;

export interface SessionListData {
  session: Session | null;
  signInUrl: string | null;
  tokenExchangeUrl: string | null;
}

export interface SetupEtlPipelinesListData {
  applied: string[];
  pending: string[];
}

export type SourceType = 'google_drive' | 'gmail' | 'dropbox' | 'onedrive' | 'local_folder';

export interface SourceTypeDescription {
  /** fields of the config that the account itself can be asked about */
  choiceFields: string[];
  /** JSON Schema of a source’s `config` */
  configSchema: Record<string, unknown>;
  label: string;
  /** null: there is nothing to sign in to */
  signIn: {
    /** false: the operator has set no OAuth application up; a token can be pasted */
    isConfigured: boolean;
    vendor: string;
  } | null;
  sourceType: SourceType;
}

export interface SourceTypesChoicesListData {
  choices: Choice[];
}

export interface SourceTypesListData {
  sourceTypes: SourceTypeDescription[];
}

export interface UnseenItem {
  externalId: string;
  name: string;
  path: string;
}

export interface UserEraseCreateData {
  deletion: Deletion;
}

export interface UserEraseCreatePayload {
  confirm: 'erase everything';
}

export type WaitingFor =
  | {
      of: number;
      reason: 'approval';
      removals: number;
    }
  | {
      reason: 'rate_limit' | 'quota';
      /** UTC, ISO 8601 */
      until: string;
    }
  | {
      reason: 'sign_in' | 'pause';
    };
