/** Written by `npm run web:types` from the API’s own description. */

export interface AuditEvent {
  /** such as key.create; without a name of its own, the method and route */
  action: string;
  actor: 'user' | 'key';
  /** the IP address of the client */
  address: string | null;
  /** UTC, ISO 8601 */
  at: string;
  /** @format uuid */
  id: string;
  /** the API key that was used */
  keyId: string | null;
  keyName: string | null;
  /** unknown: the process ended before the answer was sent */
  outcome: 'done' | 'refused' | 'failed' | 'unknown';
  /** what it was done to: a source, job, key, document */
  targetId: string | null;
}

export type AuditEventsExportListData = unknown;

export interface AuditEventsListData {
  events: AuditEvent[];
  /** null after the last page */
  nextCursor: string | null;
}

export type ChangeNotificationsCreateData = unknown;

export type ChangeNotificationsDetailData = unknown;

export interface Choice {
  /** whether it has choices inside it */
  hasChildren: boolean;
  label: string;
  /** the value for the config field */
  value: string;
}

export interface ContextCreateData {
  citations: {
    chunkIds: string[];
    /** @format uuid */
    documentId: string;
    /** exclusive */
    end: number;
    number: number;
    place: {
      /** headings above the passage, outermost first */
      headings: string[];
      /** counted from 1; null if the document has no pages */
      pages: {
        first: number;
        last: number;
      } | null;
    };
    sourceUrl: string | null;
    /** offset into the document’s text, in UTF-16 code units */
    start: number;
    text: string;
    title: string;
  }[];
  /** the passages under numbered headings, to be passed to a language model as data */
  text: string;
  /** tokens of the text (cl100k_base); never above `maxTokens` */
  tokens: number;
}

export interface ContextCreatePayload {
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
    /**
     * matches documents in any of these projects
     * @maxItems 100
     * @minItems 1
     */
    projectIds?: string[];
    /** @minItems 1 */
    sourceTypes?: SourceType[];
    /**
     * matches documents with any of these tags
     * @maxItems 100
     * @minItems 1
     */
    tagIds?: string[];
  };
  /**
   * tokens of the whole text, headings included (cl100k_base)
   * @min 100
   * @max 32000
   * @default 2000
   */
  maxTokens?: number;
  /**
   * @minLength 1
   * @maxLength 2000
   */
  query: string;
}

export interface DataSource {
  accountLabel: string | null;
  /** whether the vendor sends them, as far as is known */
  changeNotificationsActive: boolean;
  /** whether the owner enabled real-time updates from the vendor */
  changeNotificationsEnabled: boolean;
  /** why the vendor does not send them */
  changeNotificationsError: string | null;
  config: Partial<Record<string, unknown>>;
  /** when the config was changed; null once a full listing has applied it. Until then, removals wait for approval */
  configChangedAt: string | null;
  connectionProvider: 'oauth' | 'composio' | 'token' | null;
  connectionStatus: 'connected' | 'disconnected' | 'error' | 'syncing';
  /** UTC, ISO 8601 */
  createdAt: string;
  gapCount: number;
  /** parts that could not be listed, by name, at most 100; items in them are not changed */
  gaps: Gap[];
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
  /** names of the values in the saved config, as far as they are known */
  selected: {
    label: string;
    /** the value for the config field */
    value: string;
  }[];
}

export interface DataSourcesConnectListData {
  authorizationUrl: string;
}

export interface DataSourcesCreateData {
  dataSource: DataSource;
}

export interface DataSourcesCreatePayload {
  /**
   * what to sync; the fields depend on the source type
   * @default {}
   */
  config?: Partial<Record<string, unknown>>;
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

export interface DataSourcesDelete2Data {
  deletion: Deletion;
}

export interface DataSourcesDeleteData {
  deletion: Deletion;
}

export interface DataSourcesDetailData {
  dataSource: DataSource;
}

export interface DataSourcesDisconnectCreateData {
  dataSource: DataSource;
}

export interface DataSourcesListData {
  dataSources: DataSource[];
}

export interface DataSourcesPartialUpdateData {
  dataSource: DataSource;
}

export interface DataSourcesPartialUpdatePayload {
  /** request change notifications from the vendor: a subscription is created there on your behalf */
  changeNotificationsEnabled?: boolean;
  /** what to sync; the fields depend on the source type */
  config?: Partial<Record<string, unknown>>;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  syncFrequency?: 'manual' | 'hourly' | 'daily' | 'weekly';
}

export interface DataSourcesSyncApproveCreateData {
  job: Job;
}

export interface DataSourcesSyncCreateData {
  job: Job;
  /** why the job will not start yet, as far as is known */
  warning: string | null;
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

export interface DataSourcesSyncDelete2Data {
  job: Job;
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
  /** null after the last page */
  nextCursor: string | null;
}

export interface DataSourcesSyncKeepCreateData {
  job: Job;
}

export interface DataSourcesSyncListData {
  jobs: Job[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface DataSourcesSyncPauseCreateData {
  job: Job;
}

export interface DataSourcesSyncRemovalsListData {
  items: UnseenItem[];
  /** null after the last page */
  nextCursor: string | null;
}

export type DataSourcesSyncReportListData = unknown;

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
  pagesAtOnce?: number | null;
  requestsPerSecond?: number | null;
}

export interface DataSourcesUpdateData {
  dataSource: DataSource;
}

export interface DataSourcesUpdatePayload {
  /** request change notifications from the vendor: a subscription is created there on your behalf */
  changeNotificationsEnabled?: boolean;
  /** what to sync; the fields depend on the source type */
  config?: Partial<Record<string, unknown>>;
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
    /** what was still found afterwards */
    left: {
      chunks: number;
      documents: number;
      otherRows: number;
      schedules: number;
      sources: number;
      stagedBytes: number;
      /** vectors that nothing else uses */
      vectors: number;
      /**
       * vectors counted by a store outside Postgres, for a whole user
       * @default 0
       */
      vectorsOutside: number;
    };
    removed: {
      chunks: number;
      documents: number;
      otherRows: number;
      schedules: number;
      sources: number;
      stagedBytes: number;
      /** vectors that nothing else uses */
      vectors: number;
      /**
       * vectors counted by a store outside Postgres, for a whole user
       * @default 0
       */
      vectorsOutside: number;
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
  dataSourceId: string | null;
  externalId: string;
  /** @format uuid */
  id: string;
  itemType: string;
  metadata: Partial<Record<string, unknown>>;
  mimeType: string | null;
  /** UTC, ISO 8601 */
  modifiedAt: string | null;
  path: string | null;
  projects: {
    /** @format uuid */
    id: string;
    name: string;
  }[];
  sourceUrl: string | null;
  tags: {
    /** @format uuid */
    id: string;
    name: string;
  }[];
  title: string;
  tokens: number;
  /** UTC, ISO 8601 */
  updatedAt: string;
  version: number;
}

export interface DocumentChange {
  /** when it became visible */
  at: string;
  dataSourceId: string | null;
  /** as it is now; null if it was deleted */
  document: Document | null;
  /** @format uuid */
  documentId: string;
  type: 'created' | 'updated' | 'deleted';
}

export interface DocumentsChangesListData {
  changes: DocumentChange[];
  /** false: this was the last change until now */
  hasMore: boolean;
  /** where to continue, now or later; valid for 30 days */
  nextCursor: string;
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
    dataSourceId: string | null;
    externalId: string;
    /** @format uuid */
    id: string;
    itemType: string;
    metadata: Partial<Record<string, unknown>>;
    mimeType: string | null;
    /** UTC, ISO 8601 */
    modifiedAt: string | null;
    path: string | null;
    projects: {
      /** @format uuid */
      id: string;
      name: string;
    }[];
    sourceUrl: string | null;
    tags: {
      /** @format uuid */
      id: string;
      name: string;
    }[];
    text: string;
    title: string;
    tokens: number;
    /** UTC, ISO 8601 */
    updatedAt: string;
    version: number;
  };
}

export type DocumentsExplainListData = Explanation;

export type DocumentsExportListData = unknown;

export interface DocumentsListData {
  documents: Document[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface Explanation {
  /** what recent jobs did with it, newest first; jobs that found it unchanged are not listed */
  events: ItemEvent[];
  /** null if the source has no such item now */
  item: {
    /** failures since the last success */
    attempts: number;
    documentId: string | null;
    errorCode: string | null;
    errorMessage: string | null;
    externalId: string;
    /** UTC, ISO 8601 */
    foundAt: string;
    /** whether its text can be searched */
    isLive: boolean;
    lastSeenJobId: string | null;
    /** UTC, ISO 8601 */
    lastSyncedAt: string | null;
    name: string;
    /** UTC, ISO 8601 */
    nextAttemptAt: string | null;
    /** what was changed so that it could be stored */
    notes: {
      code: string;
      message: string;
    }[];
    path: string;
    syncStatus: 'pending' | 'synced' | 'skipped' | 'failed';
  } | null;
  /** for people */
  summary: string;
}

export interface Gap {
  code: string;
  /** null if it is unknown what is missing, in which case nothing at all is removed */
  externalId: string | null;
  /** why it could not be listed, and what to do */
  message: string;
  /** name of the folder, channel or database that could not be listed */
  name: string;
  /** the first sync after this time tries again; null means the next sync */
  nextAttemptAt: string | null;
  /** UTC, ISO 8601 */
  since: string;
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
  /** @format uuid */
  jobId: string;
  name: string | null;
  outcome: 'created' | 'updated' | 'unchanged' | 'removed' | 'skipped' | 'failed' | null;
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
    /** not tried before the job was stopped; not included in the items found, and processed by the next sync */
    pending: number;
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
  /** why the job ran in another mode than the requested one */
  fallback: string | null;
  gapCount: number;
  /** parts that could not be listed, by name, at most 100; items in them are not changed */
  gaps: Gap[];
  /** @format uuid */
  id: string;
  jobType: 'full_sync' | 'incremental' | 'delta' | 'manual';
  mode: 'full' | 'feed' | 'window' | 'manual' | 'reprocess' | null;
  plan: JobPlan | null;
  /** only while the job is running */
  progress: {
    /** in the last minute */
    itemsPerSecond: number | null;
    listingComplete: boolean;
    /** null during the listing, while the total is unknown */
    percent: number | null;
    /** at the rate of the last minute */
    secondsLeft: number | null;
    /** range between the rate of the last minute and the rate since the start */
    secondsLeftRange: {
      max: number;
      min: number;
    } | null;
    stage: string | null;
    /** items by stage; those that wait have been found but not fetched */
    stages: {
      done: number;
      downloaded: number;
      transformed: number;
      waiting: number;
    };
    waitingFor: WaitingFor | null;
  } | null;
  removals: {
    /** whether a changed config is the reason to ask, whatever the number */
    configChanged: boolean;
    count: number;
    /** by whom and when; null: not yet, or not through the API */
    decided: {
      /** UTC, ISO 8601 */
      at: string;
      by: string;
    } | null;
    decision: 'waiting' | 'approve' | 'keep';
    of: number;
  } | null;
  /** set for this job only; null for the default */
  speed: {
    pagesAtOnce: number | null;
    requestsPerSecond: number | null;
  };
  /** UTC, ISO 8601 */
  startedAt: string | null;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  sweepSkipped: string | null;
  temporalUrl: string | null;
  trigger: 'api' | 'schedule' | 'cli' | 'retry' | 'change_notification';
  /** items missing from the listing that were kept because the vendor could not say whether they were deleted */
  unconfirmed: number;
  workflowId: string | null;
}

export interface JobItem {
  action: string | null;
  /** bytes that were downloaded */
  bytes: number;
  errorCode: string | null;
  errorMessage: string | null;
  externalId: string;
  mimeType: string | null;
  name: string | null;
  /** for a failed item: the first sync after this time tries again */
  nextAttemptAt: string | null;
  /** what was changed so that it could be stored */
  notes: {
    code: string;
    message: string;
  }[];
  outcome: 'created' | 'updated' | 'unchanged' | 'removed' | 'skipped' | 'failed' | null;
  path: string | null;
  /** for a plan: what a sync would do with it; null for other jobs */
  planned: 'create' | 'update' | 'retry' | 'remove' | 'skip' | 'unchanged' | null;
  /** size as listed by the source; null if it reports none */
  size: number | null;
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
  /** estimated from sizes and from documents of the same type */
  tokens: number;
  unchanged: number;
  /**
   * items to read for which the source reports no size; their share of `bytes` and `tokens` is a guess
   * @default 0
   */
  unsized: number;
  update: number;
}

export interface KeysCreateData {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
  secret: string;
}

export interface KeysCreatePayload {
  /**
   * limits it to these sources
   * @maxItems 100
   * @minItems 1
   */
  dataSourceIds?: string[];
  /** @format date-time */
  expiresAt?: string;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
  /**
   * limits it to documents in these projects
   * @maxItems 100
   * @minItems 1
   */
  projectIds?: string[];
  /**
   * each scope includes those before it
   * @default "read"
   */
  scope?: 'read' | 'sync' | 'admin';
}

export interface KeysDelete2Data {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
}

export interface KeysDeleteData {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
}

export interface KeysDetailData {
  key: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  };
}

export interface KeysListData {
  keys: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** the sources it is limited to */
    dataSourceIds: string[] | null;
    /** UTC, ISO 8601 */
    expiresAt: string | null;
    /** how the key begins */
    hint: string;
    /** @format uuid */
    id: string;
    /** to the minute */
    lastUsedAt: string | null;
    name: string;
    /** the projects it is limited to */
    projectIds: string[] | null;
    /** UTC, ISO 8601 */
    revokedAt: string | null;
    scope: 'read' | 'sync' | 'admin';
  }[];
}

export type MetricsListData = unknown;

export type OauthCallbackListData = unknown;

export type PostMcpData = unknown;

export interface Problem {
  /** stable; listed in docs/errors.md */
  code: string;
  /** what happened, why, what to do */
  detail: string;
  errors?: {
    field: string;
    message: string;
  }[];
  status: number;
  title: string;
  type: string;
}

export interface ProjectsAssignCreateData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface ProjectsAssignCreatePayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface ProjectsCreateData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface ProjectsCreatePayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface ProjectsDelete2Data {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface ProjectsDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface ProjectsDetailData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface ProjectsListData {
  projects: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  }[];
}

export interface ProjectsPartialUpdateData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface ProjectsPartialUpdatePayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface ProjectsRemoveCreateData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface ProjectsRemoveCreatePayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface ProjectsRulesCreateData {
  rule: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  };
}

export interface ProjectsRulesCreatePayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default null */
  path?: string | null;
}

export interface ProjectsRulesDelete2Data {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface ProjectsRulesDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface ProjectsRulesListData {
  rules: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  }[];
}

export interface ProjectsUpdateData {
  project: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface ProjectsUpdatePayload {
  /** @format uuid */
  id: string;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

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
  /** from Temporal; null while it is inactive */
  nextRunAt: string | null;
  /** the next five, before jitter */
  nextRuns: string[];
  scheduleConfig: Partial<Record<string, unknown>>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
  /** runs that were skipped because an earlier one was still running */
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
  scheduleConfig: Partial<Record<string, unknown>>;
  scheduleType: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface ScheduledSyncsDelete2Data {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface ScheduledSyncsDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface ScheduledSyncsDetailData {
  scheduledSync: ScheduledSync;
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

export interface ScheduledSyncsPartialUpdateData {
  scheduledSync: ScheduledSync;
}

export interface ScheduledSyncsPartialUpdatePayload {
  isActive?: boolean;
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig?: Partial<Record<string, unknown>>;
  scheduleType?: 'cron' | 'interval' | 'daily' | 'weekly';
}

export interface ScheduledSyncsPreviewCreateData {
  nextRuns: string[];
}

export interface ScheduledSyncsPreviewCreatePayload {
  /** cron: expression; interval: everyMinutes; daily: hour, minute; weekly: weekday, hour, minute; all: timeZone, jitterMinutes, catchUpMinutes */
  scheduleConfig: Partial<Record<string, unknown>>;
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
  scheduleConfig?: Partial<Record<string, unknown>>;
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
    /**
     * matches documents in any of these projects
     * @maxItems 100
     * @minItems 1
     */
    projectIds?: string[];
    /** @minItems 1 */
    sourceTypes?: SourceType[];
    /**
     * matches documents with any of these tags
     * @maxItems 100
     * @minItems 1
     */
    tagIds?: string[];
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
  /** document, page and headings, such as `Tariffs.pdf, p. 12, Berths > Winter` */
  citation: string;
  dataSourceId: string | null;
  /** @format uuid */
  documentId: string;
  /** offsets into the snippet, in UTF-16 code units; `end` is exclusive */
  highlights: {
    end: number;
    start: number;
  }[];
  mimeType: string | null;
  /** UTC, ISO 8601 */
  modifiedAt: string | null;
  /** position of the chunk in the document, from 0 */
  ordinal: number;
  /** the next best passages of the same document, at most two */
  otherPassages: {
    /** @format uuid */
    chunkId: string;
    /** document, page and headings, such as `Tariffs.pdf, p. 12, Berths > Winter` */
    citation: string;
    /** offsets into the snippet, in UTF-16 code units; `end` is exclusive */
    highlights: {
      end: number;
      start: number;
    }[];
    /** position of the chunk in the document, from 0 */
    ordinal: number;
    place: {
      /** headings above the passage, outermost first */
      headings: string[];
      /** counted from 1; null if the document has no pages */
      pages: {
        first: number;
        last: number;
      } | null;
    };
    snippet: string;
  }[];
  path: string | null;
  place: {
    /** headings above the passage, outermost first */
    headings: string[];
    /** counted from 1; null if the document has no pages */
    pages: {
      first: number;
      last: number;
    } | null;
  };
  /** comparable only within one answer */
  score: number;
  snippet: string;
  sourceType: string | null;
  sourceUrl: string | null;
  title: string;
}

export interface Session {
  /** UTC, ISO 8601 */
  expiresAt: string | null;
  /** the single user of an installation without sign-in */
  isLocal: boolean;
  userId: string;
}

export type SessionCallbackListData = unknown;

export interface SessionCreateData {
  session: Session;
}

export interface SessionDeleteData {
  signOutUrl: string;
}

export interface SessionListData {
  session: Session | null;
  signInUrl: string | null;
  tokenExchangeUrl: string | null;
}

export type SessionSignInListData = unknown;

export interface SetupEtlPipelinesListData {
  applied: string[];
  pending: string[];
}

export interface SetupNotionVerificationCreateData {
  /** paste it into Notion’s page and set it as NOTION_VERIFICATION_TOKEN */
  token: string | null;
  /** null: nobody waits for a token */
  waitsUntil: string | null;
}

export interface SetupNotionVerificationListData {
  /** paste it into Notion’s page and set it as NOTION_VERIFICATION_TOKEN */
  token: string | null;
  /** null: nobody waits for a token */
  waitsUntil: string | null;
}

export interface SourceDay {
  bytesProcessed: number;
  chunks: number;
  /** items by outcome */
  counts: {
    created: number;
    failed: number;
    removed: number;
    skipped: number;
    unchanged: number;
    updated: number;
  };
  /** @format uuid */
  dataSourceId: string;
  /** UTC, as 2026-01-31 */
  day: string;
  documents: number;
  /** synced items after the last job of the day */
  items: number;
  /** all their durations together, waiting included */
  jobSeconds: number;
  /** that ended; no plans */
  jobs: {
    cancelled: number;
    completed: number;
    failed: number;
  };
  longestJobSeconds: number;
  /** of all documents */
  tokens: number;
  tokensEmbedded: number;
}

export type SourceType = 'google_drive' | 'gmail' | 'dropbox' | 'onedrive' | 'notion' | 'slack' | 'local_folder';

export interface SourceTypeDescription {
  /** null if this type has no change notifications */
  changeNotifications: {
    /** what the operator has to configure first */
    problem: string | null;
  } | null;
  /** fields of the config whose choices can be listed from the account */
  choiceFields: string[];
  /** JSON Schema of a source’s `config` */
  configSchema: Partial<Record<string, unknown>>;
  label: string;
  /** null if there is no sign-in */
  signIn: {
    /** whether Composio can hold the connection: `provider=composio` when connecting */
    composio: boolean;
    /** false if the operator has not configured an OAuth application; a token can be pasted instead */
    isConfigured: boolean;
    vendor: string;
  } | null;
  sourceType: SourceType;
}

export interface SourceTypesChoicesListData {
  choices: Choice[];
  /** names of the values in the saved config, as far as they are known */
  selected: {
    label: string;
    /** the value for the config field */
    value: string;
  }[];
}

export interface SourceTypesListData {
  sourceTypes: SourceTypeDescription[];
}

export interface Statistics {
  /** levels before the first day, by source */
  before: {
    chunks: number;
    /** @format uuid */
    dataSourceId: string;
    documents: number;
    /** synced items after the last job of the day */
    items: number;
    /** of all documents */
    tokens: number;
  }[];
  /** oldest first */
  days: SourceDay[];
  embedding: {
    dimensions: number;
    dollarsPerMillionTokens: number;
    model: string;
  };
  /** failed items, most first */
  errors: {
    code: string;
    /** @format uuid */
    dataSourceId: string;
    items: number;
  }[];
  /** the first day (UTC) */
  from: string;
  /** the last twelve */
  months: {
    /** @format uuid */
    dataSourceId: string;
    /** at the price of the model that embeds now */
    dollars: number;
    /** as 2026-01 */
    month: string;
    /** embedded */
    tokens: number;
  }[];
  /** today (UTC) */
  to: string;
}

export type StatsListData = Statistics;

export interface TagsAssignCreateData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface TagsAssignCreatePayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface TagsCreateData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface TagsCreatePayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface TagsDelete2Data {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface TagsDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface TagsDetailData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface TagsListData {
  tags: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  }[];
}

export interface TagsPartialUpdateData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface TagsPartialUpdatePayload {
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface TagsRemoveCreateData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface TagsRemoveCreatePayload {
  /**
   * @maxItems 1000
   * @minItems 1
   */
  documentIds: string[];
}

export interface TagsRulesCreateData {
  rule: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  };
}

export interface TagsRulesCreatePayload {
  /** @format uuid */
  dataSourceId: string;
  /** @default null */
  path?: string | null;
}

export interface TagsRulesDelete2Data {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface TagsRulesDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface TagsRulesListData {
  rules: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** @format uuid */
    dataSourceId: string;
    /** @format uuid */
    id: string;
    /** null for the whole source */
    path: string | null;
  }[];
}

export interface TagsUpdateData {
  tag: {
    /** UTC, ISO 8601 */
    createdAt: string;
    /** number of live documents in it */
    documents: number;
    /** @format uuid */
    id: string;
    name: string;
  };
}

export interface TagsUpdatePayload {
  /** @format uuid */
  id: string;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name: string;
}

export interface TransformationsCreateData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export type TransformationsCreatePayload =
  | {
      /** Cleans up characters */
      config: {
        /**
         * Replace ligatures, full-width letters and similar forms with plain ones
         * @default false
         */
        compatibilityForms?: boolean;
        /**
         * Join words that were split at the end of a line
         * @default false
         */
        hyphenation?: boolean;
        /**
         * Remove zero-width characters and soft hyphens
         * @default true
         */
        invisibleCharacters?: boolean;
        /** @default false */
        plainQuotes?: boolean;
        /**
         * Replace several spaces, including non-breaking ones, with one
         * @default true
         */
        spaces?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'normalize';
    }
  | {
      /** Removes boilerplate that is not the author’s text */
      config: {
        /**
         * Remove earlier messages below an answer; a forwarded message is kept
         * @default true
         */
        mailQuotes?: boolean;
        /**
         * Remove three or more consecutive lines that contain only links
         * @default true
         */
        navigation?: boolean;
        /** @default true */
        signatures?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'strip_boilerplate';
    }
  | {
      /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
      config: {
        /**
         * Card numbers with a correct check digit
         * @default false
         */
        cards?: boolean;
        /** @default false */
        emails?: boolean;
        /**
         * Account numbers with correct check digits
         * @default false
         */
        ibans?: boolean;
        /**
         * @maxItems 20
         * @default []
         */
        patterns?: {
          label: string;
          /**
           * a regular expression in RE2 syntax
           * @minLength 1
           * @maxLength 500
           */
          pattern: string;
        }[];
        /** Country of national numbers; without it, only numbers with + are found */
        phoneCountry?: string;
        /** @default false */
        phones?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'redact';
    }
  | {
      /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
      config: {
        /** include: exclude everything else */
        action: 'include' | 'exclude';
        /**
         * @maxItems 20
         * @minItems 1
         */
        languages?: string[];
        /**
         * @min 0
         * @max 1000000000000
         */
        maxBytes?: number;
        /**
         * @maxItems 50
         * @minItems 1
         */
        mimeTypes?: string[];
        /**
         * @min 0
         * @max 1000000000000
         */
        minBytes?: number;
        /**
         * @min 1
         * @max 36500
         */
        newerThanDays?: number;
        /**
         * By the time of the last modification, evaluated when the item is processed
         * @min 1
         * @max 36500
         */
        olderThanDays?: number;
        /**
         * @maxItems 50
         * @minItems 1
         */
        paths?: string[];
        /**
         * Matches anywhere in the text
         * @minLength 1
         * @maxLength 500
         */
        pattern?: string;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'filter';
    }
  | {
      /** Adds metadata; existing names are not overwritten */
      config: {
        /**
         * Read name: value lines between --- at the very beginning
         * @default false
         */
        frontMatter?: boolean;
        /**
         * Named groups of the first match become metadata
         * @maxItems 20
         * @default []
         */
        patterns?: string[];
        /**
         * Remove them from the text
         * @default true
         */
        removeFrontMatter?: boolean;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'extract_fields';
    }
  | {
      /** Keeps the beginning, up to the last whole word */
      config: {
        /**
         * @min 100
         * @max 5000000
         */
        maxCharacters: number;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'truncate';
    }
  | {
      /** Adds a paragraph before the text */
      config: {
        /**
         * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
         * @minLength 1
         * @maxLength 1000
         */
        template: string;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'prefix';
    }
  | {
      /** Sets how the text is cut; the last of several counts */
      config: {
        /**
         * Approximate number of tokens of the previous part that are embedded with each chunk
         * @min 0
         * @max 200
         * @default 50
         */
        overlapTokens?: number;
        /**
         * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
         * @min 100
         * @max 1500
         * @default 400
         */
        tokens?: number;
      };
      /**
       * if omitted, it runs after all others
       * @min 0
       * @max 1000000
       */
      executionOrder?: number;
      /** @default true */
      isActive?: boolean;
      /**
       * @minLength 1
       * @maxLength 200
       */
      name: string;
      /**
       * null for all sources
       * @default null
       */
      sourceType?: SourceType | null;
      transformationType: 'chunking';
    };

export interface TransformationsDelete2Data {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface TransformationsDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface TransformationsDetailData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export interface TransformationsListData {
  transformations: (
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
  )[];
}

export interface TransformationsPartialUpdateData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export interface TransformationsPartialUpdatePayload {
  /** the complete config, as for a new one of this type */
  config?: Partial<Record<string, unknown>>;
  /**
   * lower numbers run earlier
   * @min 0
   * @max 1000000
   */
  executionOrder?: number;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  /** null for all sources */
  sourceType?: SourceType | null;
}

export interface TransformationsPreviewCreateData {
  preview: {
    /** null if it would be skipped */
    after: {
      characters: number;
      chunkCount: number;
      chunks: {
        ordinal: number;
        text: string;
        tokens: number;
      }[];
      /** text, chunks and diff contain the beginning only */
      isCut: boolean;
      metadata: Partial<Record<string, unknown>>;
      text: string;
    } | null;
    before: {
      characters: number;
      chunkCount: number;
      chunks: {
        ordinal: number;
        text: string;
        tokens: number;
      }[];
      /** text, chunks and diff contain the beginning only */
      isCut: boolean;
      metadata: Partial<Record<string, unknown>>;
      text: string;
    };
    chunksToEmbed: number;
    /** word by word; null if there is nothing to compare, or too much */
    diff:
      | {
          kind: 'same' | 'removed' | 'added';
          text: string;
        }[]
      | null;
    /** @format uuid */
    documentId: string;
    excluded: {
      by: string;
      message: string;
    } | null;
    /** false if the original text is not stored (something was redacted), so that `before` is the stored text */
    isOriginal: boolean;
  };
}

export interface TransformationsPreviewCreatePayload {
  /** @format uuid */
  dataSourceId?: string;
  /** @format uuid */
  documentId?: string;
  /**
   * with dataSourceId: an item by its id at the source
   * @minLength 1
   * @maxLength 4096
   */
  externalId?: string;
  /**
   * in execution order; if omitted, the saved ones that apply to the document
   * @maxItems 50
   */
  transformations?: (
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms?: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation?: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters?: boolean;
          /** @default false */
          plainQuotes?: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'normalize';
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes?: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation?: boolean;
          /** @default true */
          signatures?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'strip_boilerplate';
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards?: boolean;
          /** @default false */
          emails?: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans?: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns?: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'redact';
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'filter';
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter?: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns?: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter?: boolean;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'extract_fields';
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'truncate';
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'prefix';
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens?: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens?: number;
        };
        /**
         * @minLength 1
         * @maxLength 200
         * @default "draft"
         */
        name?: string;
        transformationType: 'chunking';
      }
  )[];
}

export interface TransformationsReprocessCreateData {
  jobs: Job[];
  notStarted: {
    code: string;
    /** @format uuid */
    dataSourceId: string;
    message: string;
  }[];
}

export interface TransformationsReprocessCreatePayload {
  /** @format uuid */
  dataSourceId?: string;
}

export interface TransformationsStaleListData {
  sources: {
    /** @format uuid */
    dataSourceId: string;
    /** number of those whose text is not stored and that have to be fetched again */
    fromVendor: number;
    items: number;
    name: string;
    sourceType: SourceType;
  }[];
}

export interface TransformationsUpdateData {
  transformation:
    | {
        /** Cleans up characters */
        config: {
          /**
           * Replace ligatures, full-width letters and similar forms with plain ones
           * @default false
           */
          compatibilityForms: boolean;
          /**
           * Join words that were split at the end of a line
           * @default false
           */
          hyphenation: boolean;
          /**
           * Remove zero-width characters and soft hyphens
           * @default true
           */
          invisibleCharacters: boolean;
          /** @default false */
          plainQuotes: boolean;
          /**
           * Replace several spaces, including non-breaking ones, with one
           * @default true
           */
          spaces: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'normalize';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Removes boilerplate that is not the author’s text */
        config: {
          /**
           * Remove earlier messages below an answer; a forwarded message is kept
           * @default true
           */
          mailQuotes: boolean;
          /**
           * Remove three or more consecutive lines that contain only links
           * @default true
           */
          navigation: boolean;
          /** @default true */
          signatures: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'strip_boilerplate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Replaces private data with [email], [phone], [card], [iban] or [label]; the original is not stored anywhere */
        config: {
          /**
           * Card numbers with a correct check digit
           * @default false
           */
          cards: boolean;
          /** @default false */
          emails: boolean;
          /**
           * Account numbers with correct check digits
           * @default false
           */
          ibans: boolean;
          /**
           * @maxItems 20
           * @default []
           */
          patterns: {
            label: string;
            /**
             * a regular expression in RE2 syntax
             * @minLength 1
             * @maxLength 500
             */
            pattern: string;
          }[];
          /** Country of national numbers; without it, only numbers with + are found */
          phoneCountry?: string;
          /** @default false */
          phones: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'redact';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** An item matches a filter if it meets all its conditions; of a list, one entry is enough */
        config: {
          /** include: exclude everything else */
          action: 'include' | 'exclude';
          /**
           * @maxItems 20
           * @minItems 1
           */
          languages?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          maxBytes?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          mimeTypes?: string[];
          /**
           * @min 0
           * @max 1000000000000
           */
          minBytes?: number;
          /**
           * @min 1
           * @max 36500
           */
          newerThanDays?: number;
          /**
           * By the time of the last modification, evaluated when the item is processed
           * @min 1
           * @max 36500
           */
          olderThanDays?: number;
          /**
           * @maxItems 50
           * @minItems 1
           */
          paths?: string[];
          /**
           * Matches anywhere in the text
           * @minLength 1
           * @maxLength 500
           */
          pattern?: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'filter';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds metadata; existing names are not overwritten */
        config: {
          /**
           * Read name: value lines between --- at the very beginning
           * @default false
           */
          frontMatter: boolean;
          /**
           * Named groups of the first match become metadata
           * @maxItems 20
           * @default []
           */
          patterns: string[];
          /**
           * Remove them from the text
           * @default true
           */
          removeFrontMatter: boolean;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'extract_fields';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Keeps the beginning, up to the last whole word */
        config: {
          /**
           * @min 100
           * @max 5000000
           */
          maxCharacters: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'truncate';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Adds a paragraph before the text */
        config: {
          /**
           * With {title}, {name}, {path}, {folder}, {source}, {type}, {modified} and {metadata.NAME}
           * @minLength 1
           * @maxLength 1000
           */
          template: string;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'prefix';
        /** UTC, ISO 8601 */
        updatedAt: string;
      }
    | {
        /** Sets how the text is cut; the last of several counts */
        config: {
          /**
           * Approximate number of tokens of the previous part that are embedded with each chunk
           * @min 0
           * @max 200
           * @default 50
           */
          overlapTokens: number;
          /**
           * Approximate size of a chunk in tokens; a chunk has at most 1.6 times as many
           * @min 100
           * @max 1500
           * @default 400
           */
          tokens: number;
        };
        /** UTC, ISO 8601 */
        createdAt: string;
        executionOrder: number;
        /** @format uuid */
        id: string;
        isActive: boolean;
        name: string;
        /** null for all sources */
        sourceType: SourceType | null;
        transformationType: 'chunking';
        /** UTC, ISO 8601 */
        updatedAt: string;
      };
}

export interface TransformationsUpdatePayload {
  /** the complete config, as for a new one of this type */
  config?: Partial<Record<string, unknown>>;
  /**
   * lower numbers run earlier
   * @min 0
   * @max 1000000
   */
  executionOrder?: number;
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /**
   * @minLength 1
   * @maxLength 200
   */
  name?: string;
  /** null for all sources */
  sourceType?: SourceType | null;
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

export interface VectorStatus {
  /** the store and model of the installation */
  configured: {
    dimensions: number;
    model: string;
    /** pgvector, or pinecone/INDEX */
    store: string;
  };
  /** what answers your searches; null before the first vector */
  live: {
    dimensions: number;
    model: string;
    /** pgvector, or pinecone/INDEX */
    store: string;
  } | null;
  /** what moving your vectors to the configured store and model takes; null if they are there */
  move: {
    /** estimate */
    dollars: number;
    /** with the same model, vectors are copied and nothing is embedded */
    isCopy: boolean;
    /** estimate; null if it depends on a server */
    seconds: number | null;
    state: 'offered' | 'running';
    /** your texts that have no vector there yet */
    texts: number;
    /** estimate */
    tokens: number;
  } | null;
}

export interface VectorsDetailData {
  operation: {
    counts: Partial<Record<string, number>>;
    name: 'verify' | 'move';
    status: 'running' | 'completed' | 'failed';
  };
}

export type VectorsListData = VectorStatus;

export interface VectorsMoveCreateData {
  operation: {
    counts: Partial<Record<string, number>>;
    name: 'verify' | 'move';
    status: 'running' | 'completed' | 'failed';
  };
}

export type VectorsMoveCreatePayload = object;

export interface VectorsVerifyCreateData {
  operation: {
    counts: Partial<Record<string, number>>;
    name: 'verify' | 'move';
    status: 'running' | 'completed' | 'failed';
  };
}

export interface VectorsVerifyCreatePayload {
  /** @default false */
  dryRun?: boolean;
}

/** a step that keeps failing */
export type WaitingFor =
  | {
      /** at least */
      attempts: number;
      /** what fails, and what to do */
      message: string;
      reason: 'embedder' | 'vector_store' | 'vendor' | 'database' | 'staging' | 'disk_full' | 'internal';
      /** UTC, ISO 8601 */
      since: string;
      step: string;
    }
  | {
      of: number;
      reason: 'approval';
      removals: number;
    }
  | {
      limitedBy: 'source' | 'embedder';
      reason: 'rate_limit' | 'quota';
      /** UTC, ISO 8601 */
      until: string;
    }
  | {
      reason: 'sign_in' | 'pause';
    };

export interface Webhook {
  /** UTC, ISO 8601 */
  createdAt: string;
  /** why it was disabled, if nobody did it by hand */
  disabledReason: string | null;
  events: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  /** since when every delivery has failed */
  failingSince: string | null;
  /** @format uuid */
  id: string;
  isActive: boolean;
  /** UTC, ISO 8601 */
  updatedAt: string;
  url: string;
}

export interface WebhookDelivery {
  attempts: number;
  /** UTC, ISO 8601 */
  createdAt: string;
  dataSourceId: string | null;
  /**
   * the `webhook-id` that the receiver got
   * @format uuid
   */
  eventId: string;
  eventType: string;
  /** @format uuid */
  id: string;
  jobId: string | null;
  /** UTC, ISO 8601 */
  lastAttemptAt: string | null;
  /** why there was no answer */
  lastError: string | null;
  /** HTTP status of the receiver’s last answer */
  lastStatus: number | null;
  /** UTC, ISO 8601 */
  nextAttemptAt: string | null;
  status: 'pending' | 'delivered' | 'failed';
}

export interface WebhooksCreateData {
  secret: string;
  webhook: Webhook;
}

export interface WebhooksCreatePayload {
  /**
   * @maxItems 4
   * @minItems 1
   * @default ["job.finished","job.failed","job.held","source.needs_sign_in"]
   */
  events?: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  /**
   * @format uri
   * @maxLength 2000
   */
  url: string;
}

export interface WebhooksDelete2Data {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface WebhooksDeleteData {
  deleted: {
    /** @format uuid */
    id: string;
  };
}

export interface WebhooksDeliveriesListData {
  deliveries: WebhookDelivery[];
  /** null after the last page */
  nextCursor: string | null;
}

export interface WebhooksDeliveriesRedeliverCreateData {
  delivery: WebhookDelivery;
}

export interface WebhooksDetailData {
  webhook: Webhook;
}

export interface WebhooksListData {
  webhooks: Webhook[];
}

export interface WebhooksPartialUpdateData {
  webhook: Webhook;
}

export interface WebhooksPartialUpdatePayload {
  /**
   * @maxItems 4
   * @minItems 1
   */
  events?: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  isActive?: boolean;
  /**
   * @format uri
   * @maxLength 2000
   */
  url?: string;
}

export interface WebhooksPingCreateData {
  delivery: WebhookDelivery;
}

export interface WebhooksUpdateData {
  webhook: Webhook;
}

export interface WebhooksUpdatePayload {
  /**
   * @maxItems 4
   * @minItems 1
   */
  events?: ('job.finished' | 'job.failed' | 'job.held' | 'source.needs_sign_in')[];
  /** @format uuid */
  id: string;
  isActive?: boolean;
  /**
   * @format uri
   * @maxLength 2000
   */
  url?: string;
}
