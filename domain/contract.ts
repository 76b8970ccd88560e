/**
 * Whatever crosses Temporal: workflow types, task queue, ids, queries, updates, and the payloads and results of workflows
 * and activities. They stand in histories: a change of a table must not change them unseen.
 */

import type { ErrorCode } from './error-codes.ts';
import type { DeletionScope, StoreCounts } from './deletion.ts';
import type { Remedy } from './errors.ts';
import type { SourceType } from './source.ts';
import type { VectorCheck, VectorMove, VectorSpace } from './vectors.ts';
import { userKey } from './user-key.ts';
import type { DeliveryStatus } from './webhooks.ts';

/** Words of other rooms that cross Temporal as they are. */
export type { DeletionResult, DeletionScope, StoreCounts } from './deletion.ts';
export type { VectorCheck, VectorMove, VectorSpace } from './vectors.ts';

export const taskQueue = 'sync';
export const workflowTypes = {
  syncJob: 'syncJob',
  syncPage: 'syncPage',
  deleteSource: 'deleteSource',
  deleteDocument: 'deleteDocument',
  eraseUser: 'eraseUser',
  notifiedSync: 'notifiedSync',
  subscription: 'subscription',
  webhookDelivery: 'webhookDelivery',
  verifyVectors: 'verifyVectors',
  moveVectors: 'moveVectors',
  maintainVectorIndex: 'maintainVectorIndex',
} as const;

export const jobTypes = ['full_sync', 'incremental', 'delta', 'manual'] as const;
export type JobType = (typeof jobTypes)[number];

export const jobTriggers = ['api', 'schedule', 'cli', 'retry', 'webhook'] as const;
export type JobTrigger = (typeof jobTriggers)[number];

export const jobStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** The six outcomes of an entry; they add up to `found`. */
export const outcomes = ['created', 'updated', 'unchanged', 'removed', 'skipped', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** What a plan would do with an item, named as its totals are. */
export const plannedActions = ['create', 'update', 'retry', 'remove', 'skip', 'unchanged'] as const;
export type PlannedAction = (typeof plannedActions)[number];

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
export interface NotifiedSyncInput {
  readonly userId: string;
  readonly dataSourceId: string;
  /** A job starts once so long passed without a hint … */
  readonly quietMs: number;
  /** … and so long after the first one at the latest. */
  readonly maxMs: number;
}

export interface UserRef {
  readonly userId: string;
}

export interface SourceRef extends UserRef {
  readonly dataSourceId: string;
}

export interface WebhookDeliveryInput {
  readonly userId: string;
  readonly deliveryId: string;
}

/** `gathered` is set by the workflow itself when it continues as new. */
export type NotifiedSyncArguments = NotifiedSyncInput & { readonly gathered?: boolean };

/** `resume` is set by the workflow itself when it continues as new. */
export type SyncJobArguments = SyncJobInput & { readonly resume?: JobResume };

export interface SyncJobResult {
  readonly jobId: string | null;
  /** `skipped`: another job holds the source. */
  readonly status: JobStatus | 'skipped';
  readonly message: string;
}

/** What a step needs and does not get. */
export const troubleReasons = [
  'embedder',
  'vector_store',
  'vendor',
  'database',
  'staging',
  'disk_full',
  'internal',
] as const;
export type TroubleReason = (typeof troubleReasons)[number];

/** A step that fails again and again. */
export interface Trouble {
  /** The activity's name. */
  readonly step: string;
  readonly reason: TroubleReason;
  /** UTC ISO 8601: when its first attempt was due. */
  readonly since: string;
  /** So many at least. */
  readonly attempts: number;
  /** For people: what fails, and what to do. */
  readonly message: string;
  /** UTC ISO 8601: without another word until then it is taken to be over. */
  readonly until: string;
}

/** The step that failed again and again has gone through. */
export interface TroubleOver {
  /** The activity's name. */
  readonly over: string;
}

export type WaitingFor =
  | Trouble
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
export const maxPagesAtOnce = 16;
export const maxRequestsPerSecond = 1000;

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
/** From a step to its job: it fails again and again (`Trouble`), or goes through (`{ over: step }`). */
export const troubleSignal = 'trouble';
/** To the workflow that gathers a source's hints: the vendor says that something has changed. */
export const changeNotificationSignal = 'changeNotification';
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
  erasure: (userId: string): string => `erase/${userKey(userId)}`,
  changeNotifications: (dataSourceId: string): string => `change-notifications/${dataSourceId}`,
  subscription: (dataSourceId: string): string => `subscription/${dataSourceId}`,
  webhookDelivery: (id: string): string => `webhook/${id}`,
  /** One comparison and one move at a time, over all users. */
  verifyVectors: 'vectors/verify',
  moveVectors: 'vectors/move',
  maintainVectorIndex: (userId: string): string => `vectors/index/${userKey(userId)}`,
  page: (jobWorkflowId: string, page: number): string => `${jobWorkflowId}/page/${page}`,
} as const;

export const scheduleIds = {
  frequency: (dataSourceId: string): string => `sync-frequency/${dataSourceId}`,
  scheduledSync: (id: string): string => `scheduled-sync/${id}`,
  isOurs: (scheduleId: string): boolean => /^(sync-frequency|scheduled-sync)\//.test(scheduleId),
} as const;

/** Counts per outcome. Their sum is what was found. */
export type Counts = Readonly<Record<Outcome, number>> & { readonly found: number; readonly bytes: number };

/** How a page went, as far as the decision to go on depends on it. */
export interface PageEnd {
  /** Items that were fetched, or that failed on the way. */
  readonly tried: number;
  /** The commonest reason of failure on this page. */
  readonly failure: { readonly code: ErrorCode; readonly message: string; readonly count: number } | null;
  /** Whether the job has put scans and pictures aside that wait for the end of all else. Releases before them said nothing. */
  readonly hasScans?: boolean;
}

export interface JobEnd {
  readonly status: Extract<JobStatus, 'completed' | 'failed' | 'cancelled'>;
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
}

export interface RecordedPage {
  /** Items with something to decide or to do; containers do not count. */
  readonly items: number;
  /** Items that the listing alone shows to be unchanged. */
  readonly unchanged: number;
  readonly more: boolean;
}

/**
 * `feed`: the vendor's change feed; `window`: items modified since the last sync; both leave the sweep to `full`.
 * `reprocess`: no listing, only what other transformations apply to now.
 */
export type JobMode = 'full' | 'feed' | 'window' | 'manual' | 'reprocess';

/** What identifies a running job to every step. Ids only: this stands in workflow history. */
export interface JobRef {
  readonly jobId: string;
  readonly userId: string;
  readonly dataSourceId: string;
}

export interface PageRef extends JobRef {
  readonly page: number;
  readonly dryRun: boolean;
  /** Its items' text has to be recognised: one after the other, and slowly. */
  readonly isScans?: boolean;
}

export interface BatchRef extends PageRef {
  readonly batch: number;
}

/** What one step listed. */
export interface ListedPages {
  /** At least one; all but the last hold nothing that needs work. */
  readonly pages: number;
  /** Items of the last page with something to decide or to do. */
  readonly items: number;
  /** Items of all these pages that the listing alone shows to be unchanged. */
  readonly unchanged: number;
  readonly more: boolean;
}

export interface CloseJobInput extends JobRef, JobEnd {
  /** The sweep ran (or had nothing to do): containers that were not seen go too. */
  readonly swept: boolean;
}

/** How it ended, and the counts that go into the report of the Web UI. */
export interface ClosedJob extends JobEnd {
  readonly counts: Readonly<Record<Outcome | 'found', number>> | null;
  /** Parts of the source that could not be listed. Their names stay out of the history. */
  readonly gaps: number;
}

export interface OpenJobInput extends SyncJobInput {
  readonly workflowId: string;
  readonly runId: string;
}

export type OpenedJob =
  | {
      readonly opened: true;
      readonly jobId: string;
      readonly userId: string;
      readonly sourceType: SourceType;
      readonly mode: JobMode;
    }
  | {
      readonly opened: false;
      readonly jobId: string | null;
      readonly status: 'skipped' | 'failed';
      readonly message: string;
    };

/** The parts of one user's comparison, in this order; null after a part's name: from its beginning. */
export const vectorSliceParts = ['stale', 'store', 'texts', 'records'] as const;

export interface VectorSlice {
  readonly part: (typeof vectorSliceParts)[number];
  readonly after: string | null;
}

export interface ComparedSlice {
  readonly found: Omit<VectorCheck, 'users'>;
  /** Null: the user is done. */
  readonly next: VectorSlice | null;
}

/** `dropped`: the delivery, the endpoint or the wish for it is gone. */
export type DeliveryOutcome = DeliveryStatus | 'dropped';

/** What a job takes for gone when all is listed. */
export interface FoundRemovals {
  readonly removals: number;
  /** Of them, those that the vendor is asked for one by one before they go. */
  readonly toConfirm: number;
}

export interface SweepPlan {
  readonly removals: number;
  /** Items known before the job began. */
  readonly known: number;
  readonly needsApproval: boolean;
}

/** Why something failed, in words that may be shown: the innermost failure that one of our activities has described. */
export interface FailureReason {
  readonly code: ErrorCode;
  readonly message: string;
  /** Null where no `SyncError` was thrown. */
  readonly remedy: Remedy | null;
}

/** Items that were tried, and how many failed for which reason. */
export interface FailureTally {
  readonly tried: number;
  readonly failures: Readonly<Record<string, { readonly message: string; readonly count: number }>>;
}

export type JobPhase = 'listing' | 'gaps' | 'removals' | 'retries' | 'stale' | 'confirm' | 'sweep' | 'scans' | 'end';

/** What a job that continues as new needs to go on. The listing's cursor is in the ledger. */
export interface JobResume {
  readonly phase: JobPhase;
  readonly nextPage: number;
  readonly pagesDone: number;
  readonly restarts: number;
  readonly decision: RemovalDecision | null;
  readonly swept: boolean;
  readonly paused: boolean;
  readonly failure: FailureReason | null;
  readonly removals: number;
  readonly toConfirm: number;
  readonly pagesAtOnce: number;
  readonly tally: FailureTally;
  readonly hasScans?: boolean;
}

export interface RestartedListing extends PageRef {
  /** Code of the error for which the listing starts over. */
  readonly reason: string;
}

export interface PageWork {
  /** 0: the page has been closed already, there was nothing to download. */
  readonly batches: number;
}

/** A batch that cannot be brought to an end, and why. */
export interface FailedBatch extends BatchRef {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface RemovalsDecided extends JobRef, SweepPlan {
  readonly decision: RemovalDecision;
}

export interface ChangedSpeed extends JobRef {
  readonly speed: SpeedChange;
}

export interface NotifiedJob extends SourceRef {
  /** Chosen by the workflow, so that a repeated step finds the row it wrote. */
  readonly jobId: string;
}

/** `busy`: a job that began before the notification holds the source. `unwanted`: it would be refused, and a notification is no reason to say so. */
export type NotifiedJobStart = 'taken' | 'busy' | 'unwanted';

/** When to look again, in milliseconds; null: not before somebody asks for it. */
export interface SubscriptionOutlook {
  readonly lookAgainMs: number | null;
}

export interface Deletion extends UserRef {
  readonly scope: DeletionScope;
}

export interface DeletedSource extends SourceRef {
  readonly keepDocuments: boolean;
}

export interface DeleteSourceInput extends DeletedSource {
  /** Set by the workflow itself when it continues as new. */
  readonly before?: StoreCounts;
}

export interface DeleteDocumentInput extends UserRef {
  readonly documentId: string;
}

/** What became of the sign-in at the vendor when its source was deleted. */
export type Revocation = 'revoked' | 'not_revoked' | 'none';

export interface UsersAfter {
  /** A user id; empty: from the first. */
  readonly after: string;
}

export interface UserVectorSlice extends UserRef {
  readonly slice: VectorSlice;
}

export interface UserVectorMove extends UserRef {
  readonly to: VectorSpace;
}

export interface VerifyVectorsInput {
  /** Count only. */
  readonly dryRun: boolean;
  /** Set by the workflow itself when it continues as new. */
  readonly resume?: {
    readonly after: string;
    readonly under: UserVectorSlice | null;
    readonly counts: VectorCheck;
  };
}

export interface MoveVectorsInput {
  /** Set by the workflow itself when it continues as new. */
  readonly resume?: {
    readonly to: VectorSpace;
    readonly stage: 'moving' | 'dropping';
    readonly after: string;
    readonly counts: VectorMove;
  };
}
