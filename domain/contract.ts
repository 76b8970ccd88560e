/**
 * Everything that crosses Temporal: workflow types, the task queue, ids, queries, updates, and the payloads and results
 * of workflows and activities. These types are recorded in workflow histories, so they are defined here, where a change
 * to a table cannot change them unnoticed.
 */

import type { ErrorCode } from './error-codes.ts';
import type { DeletionScope, StoreCounts } from './deletion.ts';
import type { Remedy } from './errors.ts';
import type { SourceType } from './source.ts';
import type { VectorCheck, VectorMove, VectorSpace } from './vectors.ts';
import { userKey } from './user-key.ts';
import type { DeliveryStatus } from './webhooks.ts';

/** Types of other modules that cross Temporal unchanged. */
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

export const jobTriggers = ['api', 'schedule', 'cli', 'retry', 'change_notification', 'upload'] as const;
export type JobTrigger = (typeof jobTriggers)[number];

export const jobStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** The six outcomes of an item. Their counts add up to `found`. */
export const outcomes = ['created', 'updated', 'unchanged', 'removed', 'skipped', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** The actions that a plan may name for an item, like its totals. */
export const plannedActions = ['create', 'update', 'retry', 'remove', 'skip', 'unchanged'] as const;
export type PlannedAction = (typeof plannedActions)[number];

export interface SyncJobInput {
  readonly dataSourceId: string;
  /** Defaults to `incremental`, the cheapest way to bring a source up to date. */
  readonly jobType?: JobType;
  /** Set by the API, which inserts the job row first. Schedules and the Temporal CLI omit it. */
  readonly jobId?: string;
  /**
   * Used with `manual` jobs that are started at Temporal's own command line. An empty list means all failed items. The API
   * keeps them in the job's row, because the ids of a folder's files are paths.
   */
  readonly externalIds?: readonly string[];
  readonly trigger?: JobTrigger;
  /** Plans the sync: lists and compares without changing anything. */
  readonly dryRun?: boolean;
}

/** Controls how long change notifications for one source are collected before they start a job, in milliseconds. */
export interface NotifiedSyncInput {
  readonly userId: string;
  readonly dataSourceId: string;
  /** A job starts once this much time has passed without a notification. */
  readonly quietMs: number;
  /** A job starts at the latest this long after the first notification. */
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
  /** The status is `skipped` if another job holds the source. */
  readonly status: JobStatus | 'skipped';
  readonly message: string;
}

/** Reasons why a step cannot proceed, by the dependency that is missing. */
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

/** Describes a step that keeps failing. */
export interface Trouble {
  /** The name of the activity. */
  readonly step: string;
  readonly reason: TroubleReason;
  /** UTC ISO 8601: when the first attempt was scheduled. */
  readonly since: string;
  /** A lower bound on the number of attempts. */
  readonly attempts: number;
  /** A message for people: what fails and what to do. */
  readonly message: string;
  /** UTC ISO 8601: the problem counts as resolved if it is not reported again by then. */
  readonly until: string;
}

/** The step that kept failing has succeeded. */
export interface TroubleOver {
  /** The name of the activity. */
  readonly over: string;
}

/** The side whose rate limit or quota is used up. */
export type LimitedBy = 'source' | 'embedder';

export type WaitingFor =
  | Trouble
  | { readonly reason: 'approval'; readonly removals: number; readonly of: number }
  | { readonly reason: 'rate_limit' | 'quota'; readonly limitedBy: LimitedBy; readonly until: string }
  | { readonly reason: 'sign_in' | 'pause' };

/** Changes the speed of a running job. Omitted fields stay as they are; null restores the default. */
export interface SpeedChange {
  /** Number of pages processed concurrently, 1 to 16. */
  readonly pagesAtOnce?: number | null;
  /** Maximum number of calls to the vendor per second. */
  readonly requestsPerSecond?: number | null;
}
export const maxPagesAtOnce = 16;
export const maxRequestsPerSecond = 1000;

/** The result of the `progress` query. Counts per item come from the ledger, not from here. */
export interface SyncProgress {
  readonly stage: 'opening' | 'listing' | 'processing' | 'sweeping' | 'held' | 'closing' | 'done';
  readonly pagesListed: number;
  readonly pagesDone: number;
  readonly listingComplete: boolean;
  readonly waitingFor: WaitingFor | null;
}

export const progressQuery = 'progress';
/** Returns what `verifyVectors` and `moveVectors` have counted so far. */
export const vectorCountsQuery = 'vectorCounts';
/** These are updates rather than signals, so that the caller learns whether the job was in a state to accept them. */
export const decideRemovalsUpdate = 'decideRemovals';
export const pauseUpdate = 'pause';
export const resumeUpdate = 'resume';
export const changeSpeedUpdate = 'changeSpeed';
/** Tells a job that waits for a sign-in to check the connection again. */
export const signedInSignal = 'signedIn';
/** Sent by an activity to its job: the activity keeps failing (`Trouble`) or has recovered (`{ over: step }`). */
export const troubleSignal = 'trouble';
/** Sent to the workflow that collects a source's change notifications: the vendor reported a change. */
export const changeNotificationSignal = 'changeNotification';
/**
 * Sent to the workflow that maintains a source's subscription at its vendor: the source's settings may have changed.
 */
export const lookAgainSignal = 'lookAgain';
/** Sent by a job to its pages. */
export const pausePageSignal = 'pausePage';
export type RemovalDecision = 'approve' | 'keep';

export const searchAttributeNames = ['UserId', 'DataSourceId', 'SourceType', 'JobType'] as const;

export const workflowIds = {
  job: (jobId: string): string => `sync/${jobId}`,
  /** Deletes a source or a document. */
  deletion: (id: string): string => `delete/${id}`,
  erasure: (userId: string): string => `erase/${userKey(userId)}`,
  changeNotifications: (dataSourceId: string): string => `change-notifications/${dataSourceId}`,
  subscription: (dataSourceId: string): string => `subscription/${dataSourceId}`,
  webhookDelivery: (id: string): string => `webhook/${id}`,
  /** One comparison and one move run at a time, across all users. */
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

/** Counts per outcome. Their sum is the number of items found. */
export type Counts = Readonly<Record<Outcome, number>> & { readonly found: number; readonly bytes: number };

/** The result of a page, as far as the decision whether to continue depends on it. */
export interface PageEnd {
  /** Items that were fetched, or that failed on the way. */
  readonly tried: number;
  /** The most common reason for failures on this page. */
  readonly failure: { readonly code: ErrorCode; readonly message: string; readonly count: number } | null;
  /** Whether the job has deferred scans and pictures until the end. Absent in results of earlier releases. */
  readonly hasScans?: boolean;
  /** The items that the job considers deleted, if the page was the whole job. */
  readonly found?: FoundRemovals;
}

export interface JobEnd {
  readonly status: Extract<JobStatus, 'completed' | 'failed' | 'cancelled'>;
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
}

export interface RecordedPage {
  /** Items that need a decision or work; containers do not count. */
  readonly items: number;
  /** Items that the listing alone proves unchanged. */
  readonly unchanged: number;
  readonly more: boolean;
  /**
   * The number of batches to fetch, if the activity has compared the page; 0 if the page has ended. If absent, the page's
   * workflow compares it.
   */
  readonly batches?: number;
  /** The items that the job considers deleted, if nothing is left to process before. */
  readonly found?: FoundRemovals;
}

/**
 * `feed` reads the vendor's change feed; `window` lists items modified since the last sync. Both leave the sweep to
 * `full`. `reprocess` lists nothing and only applies changed transformations.
 */
export type JobMode = 'full' | 'feed' | 'window' | 'manual' | 'reprocess';

/** Identifies a running job in every activity. It contains ids only, because it is recorded in workflow history. */
export interface JobRef {
  readonly jobId: string;
  readonly userId: string;
  readonly dataSourceId: string;
}

export interface PageRef extends JobRef {
  readonly page: number;
  readonly dryRun: boolean;
  /** The text of its items has to be recognized, one after another and slowly. */
  readonly isScans?: boolean;
  /** See `ListedPages`. */
  readonly isWholeJob?: true;
}

/** The input of a listing activity. */
export interface ListRef extends PageRef {
  /**
   * Whether the activity also does what follows the last page: it compares the page's items, and if none has to be
   * fetched, it finds what was deleted. A small job then needs fewer activities.
   */
  readonly goesOn?: true;
}

/** The input of a page's workflow. */
export interface PageInput extends PageRef {
  /** The number of batches to fetch, if the page was compared when it was listed. */
  readonly batches?: number;
}

export interface BatchRef extends PageRef {
  readonly batch: number;
  /** Whether the page ends with this batch, so that its last activity also closes the page. */
  readonly endsPage?: true;
}

/** The result of one listing activity: its last page, and the unchanged items of all its pages. */
export interface ListedPages extends RecordedPage {
  /** At least one; only the last page can contain items that need work. */
  readonly pages: number;
  /**
   * Whether nothing is listed but a few changes, one batch. The last activity of the batch then also finds what was
   * deleted.
   */
  readonly isWholeJob?: true;
}

export interface CloseJobInput extends JobRef, JobEnd {
  /** True if the sweep ran or had nothing to do, so containers that were not seen are deleted as well. */
  readonly swept: boolean;
}

/** How the job ended, with the counts for its report in the Temporal Web UI. */
export interface ClosedJob extends JobEnd {
  readonly counts: Readonly<Record<Outcome | 'found', number>> | null;
  /** Number of parts of the source that could not be listed. Their names stay out of the history. */
  readonly gaps: number;
}

export interface OpenJobInput extends SyncJobInput {
  readonly workflowId: string;
  readonly runId: string;
  /** Whether to list the first page as well if that is one request for changes. */
  readonly goesOn?: true;
}

export type OpenedJob =
  | {
      readonly opened: true;
      readonly jobId: string;
      readonly userId: string;
      readonly sourceType: SourceType;
      readonly mode: JobMode;
      /** Its items were picked by hand. Missing in jobs that an older worker opened, which had them in their input. */
      readonly picksItems?: boolean;
      /** The first page, if it was listed at once. */
      readonly listed?: ListedPages;
    }
  | {
      readonly opened: false;
      readonly jobId: string | null;
      readonly status: 'skipped' | 'failed';
      readonly message: string;
    };

/**
 * The parts of one user's comparison, in this order. A null cursor after a part's name starts that part from the
 * beginning.
 */
export const vectorSliceParts = ['stale', 'store', 'texts', 'records'] as const;

export interface VectorSlice {
  readonly part: (typeof vectorSliceParts)[number];
  readonly after: string | null;
}

export interface ComparedSlice {
  readonly found: Omit<VectorCheck, 'users'>;
  /** Null when this user is done. */
  readonly next: VectorSlice | null;
}

/** `dropped` means that the delivery, the endpoint or its subscription to the event was deleted. */
export type DeliveryOutcome = DeliveryStatus | 'dropped';

/** The items that a job considers deleted after a complete listing. */
export interface FoundRemovals {
  readonly removals: number;
  /** Those of the removals that are confirmed with the vendor one by one before they are deleted. */
  readonly toConfirm: number;
  /**
   * Whether items of earlier jobs are to be tried again; if not, the job does not have to list them. Absent in results of
   * earlier releases.
   */
  readonly hasRetries?: boolean;
  /** Whether there are items whose transformations have changed. Absent in results of earlier releases. */
  readonly hasStale?: boolean;
  /** The removals that follow, if nothing else is to be done before. */
  readonly plan?: SweepPlan;
  /** Whether it has been removed as well, as one more page. */
  readonly isSwept?: true;
}

export interface SweepPlan {
  readonly removals: number;
  /** Items known before the job began. */
  readonly known: number;
  readonly needsApproval: boolean;
}

/** Why something failed, in words that may be shown: the innermost failure that one of our activities described. */
export interface FailureReason {
  readonly code: ErrorCode;
  readonly message: string;
  /** Null if no `SyncError` was thrown. */
  readonly remedy: Remedy | null;
}

/** The first detail of a failure, for the workflow that receives it. */
export type FailureDetail = Pick<FailureReason, 'remedy'>;

/** Recorded with each heartbeat of an attempt at a batch, for the attempt after it. */
export interface Heartbeat {
  /** Number of items that were processed together; null for the whole batch. */
  readonly size: number | null;
  /**
   * Whether it ended with a regular error. An attempt whose last heartbeat says otherwise was interrupted: its worker
   * crashed or hung.
   */
  readonly hasEnded: boolean;
  /** Set while attempts fail one after another, not for a rate limit. */
  readonly outage?: Outage;
}

/** Both are times in milliseconds since 1970. */
export interface Outage {
  /** When the first of the attempts failed. */
  readonly since: number;
  readonly nextAttemptAt: number;
}

/** The number of items that were tried, and how many failed for each reason. */
export interface FailureTally {
  readonly tried: number;
  readonly failures: Readonly<Record<string, { readonly message: string; readonly count: number }>>;
}

export type JobPhase = 'listing' | 'gaps' | 'removals' | 'retries' | 'stale' | 'confirm' | 'sweep' | 'scans' | 'end';

/** The state that a job passes to its next run when it continues as new. The listing's cursor is in the ledger. */
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
  /** Code of the error because of which the listing starts over. */
  readonly reason: string;
}

export interface PageWork {
  /** 0 if the page was already closed or has nothing to download. */
  readonly batches: number;
}

/** A batch that cannot be finished, and why. */
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
  /** Chosen by the workflow, so that a repeated activity finds the row that it wrote. */
  readonly jobId: string;
}

/**
 * `busy`: a job that started before the notification holds the source. `unwanted`: a job would be refused, and a change
 * notification is no reason to report that.
 */
export type NotifiedJobStart = 'taken' | 'busy' | 'unwanted';

/** When to check again, in milliseconds; null means only on request. */
export interface SubscriptionOutlook {
  readonly lookAgainMs: number | null;
}
/** The user who may look at a deletion after the rows themselves were deleted. */
export type DeletionMemo = UserRef;

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

/**
 * The outcome of revoking the sign-in at the vendor when its source was deleted. `kept`: another source of the user is
 * signed in to the same account, and revoking could end its sign-in too.
 */
export type Revocation = 'revoked' | 'not_revoked' | 'kept' | 'none';

export interface UsersAfter {
  /** A user id, or an empty text to start with the first user. */
  readonly after: string;
}

export interface UserVectorSlice extends UserRef {
  readonly slice: VectorSlice;
}

export interface UserVectorMove extends UserRef {
  readonly to: VectorSpace;
}

export interface VerifyVectorsInput {
  /** Whether to count only. */
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
