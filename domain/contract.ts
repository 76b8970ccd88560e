/** Names and shapes that cross processes: workflow types, task queue, ids, queries, updates. Data once released: rename nothing. */

import type { SourceType } from './source.ts';

export const taskQueue = 'sync';
export const workflowTypes = {
  syncJob: 'syncJob',
  syncPage: 'syncPage',
  deleteSource: 'deleteSource',
  deleteDocument: 'deleteDocument',
  eraseUser: 'eraseUser',
  hintedSync: 'hintedSync',
  pushSubscription: 'pushSubscription',
  webhookDelivery: 'webhookDelivery',
  verifyVectors: 'verifyVectors',
  moveVectors: 'moveVectors',
  tendVectorIndex: 'tendVectorIndex',
} as const;

export const jobTypes = ['full_sync', 'incremental', 'delta', 'manual'] as const;
export type JobType = (typeof jobTypes)[number];

export const jobTriggers = ['api', 'schedule', 'cli', 'retry', 'webhook'] as const;
export type JobTrigger = (typeof jobTriggers)[number];

export const jobStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** The six fates of an entry; they add up to `found`. */
export const fates = ['created', 'updated', 'unchanged', 'removed', 'skipped', 'failed'] as const;
export type Fate = (typeof fates)[number];

export interface SyncJobInput {
  readonly dataSourceId: string;
  /** Default `incremental`: the cheapest way to be up to date. */
  readonly jobType?: JobType;
  /** Set by the API, which inserts the job row first; a schedule or a person at the CLI leaves it out. */
  readonly jobId?: string;
  /** Only with `manual`; empty means all failed items. */
  readonly externalIds?: readonly string[];
  readonly trigger?: JobTrigger;
  /** A plan: list and compare only. */
  readonly dryRun?: boolean;
}

/** How long hints about one source are gathered before they become a job, in milliseconds. */
export interface HintedSyncInput {
  readonly userId: string;
  readonly dataSourceId: string;
  /** A job starts once so long passed without a hint … */
  readonly quietMs: number;
  /** … and so long after the first one at the latest. */
  readonly longestMs: number;
}

export interface PushSubscriptionInput {
  readonly userId: string;
  readonly dataSourceId: string;
}

export interface WebhookDeliveryInput {
  readonly userId: string;
  readonly deliveryId: string;
}

export interface SyncJobResult {
  readonly jobId: string | null;
  /** `skipped`: another job holds the source. */
  readonly status: JobStatus | 'skipped';
  readonly message: string;
}

export type WaitingFor =
  | { readonly reason: 'approval'; readonly removals: number; readonly of: number }
  | { readonly reason: 'rate_limit' | 'quota'; readonly until: string }
  | { readonly reason: 'sign_in' | 'pause' };

/** How fast a running job goes. What is left out stays as it is; null goes back to the usual. */
export interface SpeedChange {
  /** Pages under way at once, 1 to 16. */
  readonly pagesAtOnce?: number | null;
  /** Calls to the vendor in a second, at the most. */
  readonly requestsPerSecond?: number | null;
}
export const mostPagesAtOnce = 16;
export const mostRequestsPerSecond = 1000;

/** What the `progress` query answers. Counts per item come from the ledger, not from here. */
export interface SyncProgress {
  readonly stage: 'opening' | 'listing' | 'processing' | 'sweeping' | 'held' | 'closing' | 'done';
  readonly pagesListed: number;
  readonly pagesDone: number;
  readonly listingComplete: boolean;
  readonly waitingFor: WaitingFor | null;
}

export const progressQuery = 'progress';
/** What `verifyVectors` and `moveVectors` have counted so far. */
export const vectorCountsQuery = 'vectorCounts';
/** Updates, not signals: the caller is told whether the job was in a state to accept them. */
export const decideRemovalsUpdate = 'decideRemovals';
export const pauseUpdate = 'pause';
export const resumeUpdate = 'resume';
export const changeSpeedUpdate = 'changeSpeed';
/** To a job that waits for a sign-in: look again. */
export const signedInSignal = 'signedIn';
/** To the workflow that gathers a source's hints: the vendor says that something has changed. */
export const hintSignal = 'hint';
/** To the workflow that keeps a source's subscription at its vendor: something may have changed here. */
export const lookAgainSignal = 'lookAgain';
/** From a job to its pages. */
export const pausePageSignal = 'pausePage';
export type RemovalDecision = 'approve' | 'keep';

export const searchAttributeNames = ['UserId', 'DataSourceId', 'SourceType', 'JobType'] as const;

export const workflowIds = {
  job: (jobId: string): string => `sync/${jobId}`,
  /** Of a source or of a document. */
  deletion: (id: string): string => `delete/${id}`,
  erasure: (userId: string): string => `erase/${userId}`,
  hints: (dataSourceId: string): string => `hints/${dataSourceId}`,
  push: (dataSourceId: string): string => `push/${dataSourceId}`,
  webhookDelivery: (id: string): string => `webhook/${id}`,
  /** One comparison and one move at a time, over all users. */
  verifyVectors: 'vectors/verify',
  moveVectors: 'vectors/move',
  tendVectorIndex: (userId: string): string => `vectors/index/${userId}`,
  page: (jobWorkflowId: string, page: number): string => `${jobWorkflowId}/page/${page}`,
} as const;

export const scheduleIds = {
  frequency: (dataSourceId: string): string => `sync-frequency/${dataSourceId}`,
  scheduledSync: (id: string): string => `scheduled-sync/${id}`,
  isOurs: (scheduleId: string): boolean => /^(sync-frequency|scheduled-sync)\//.test(scheduleId),
} as const;

export const sourceTypeLabels = {
  google_drive: 'Google Drive',
  dropbox: 'Dropbox',
  gmail: 'Gmail',
  onedrive: 'OneDrive',
  notion: 'Notion',
  slack: 'Slack',
  local_folder: 'Local folder',
} as const satisfies Record<SourceType, string>;
