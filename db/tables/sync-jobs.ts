import type { ColumnType, Generated } from 'kysely';
import type { JobStatus, JobTrigger, JobType, JobMode, LimitedBy } from '../../domain/contract.ts';
import type { GeneratedBigInteger, GeneratedTime, Json, Time } from './columns.ts';

export type WaitingReason = 'rate_limit' | 'quota' | 'sign_in';

export interface SyncJobsTable {
  id: Generated<string>;
  userId: string;
  dataSourceId: string;
  jobType: JobType;
  mode: JobMode | null;
  trigger: JobTrigger;
  dryRun: Generated<boolean>;
  externalIds: Json<readonly string[]> | null;
  status: Generated<JobStatus>;
  itemsFound: Generated<number>;
  itemsProcessed: Generated<number>;
  itemsCreated: Generated<number>;
  itemsUpdated: Generated<number>;
  itemsUnchanged: Generated<number>;
  itemsRemoved: Generated<number>;
  itemsSkipped: Generated<number>;
  itemsFailed: Generated<number>;
  /** Items that were found but not tried before the job was stopped. They are not included in the items found. */
  itemsPending: Generated<number>;
  bytesProcessed: GeneratedBigInteger;
  /** Increased when the listing starts over (position lost): earlier pages are no longer continued. */
  listingFromPage: Generated<number>;
  listingComplete: Generated<boolean>;
  nextCheckpoint: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  progressData: ColumnType<ProgressData, string | undefined, string>;
  /** Why the vendor or the embedder makes the job wait, and until when. */
  waitingReason: WaitingReason | null;
  /** The owner of the limit that it waits for. */
  waitingOn: LimitedBy | null;
  waitingUntil: Time | null;
  /** The job's own speed, if a person set one. */
  pagesAtOnce: number | null;
  requestsPerSecond: number | null;
  workflowId: string | null;
  runId: string | null;
  idempotencyKey: string | null;
  startedAt: Time | null;
  completedAt: Time | null;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

/** Details about a job for people, beside its counters. */
export interface ProgressData {
  /**
   * Why the job runs in a mode other than the requested one: `checkpoint_expired`, `no_checkpoint`, `listing_stopped`.
   */
  readonly fallback?: string;
  /** Removals that were held for approval, and the decision. */
  readonly removals?: {
    readonly count: number;
    readonly of: number;
    readonly decision: 'waiting' | 'approve' | 'keep';
    /** Whether a changed config is the reason to ask, whatever the number. */
    readonly configChanged?: boolean;
  };
  /** The person who decided about the removals through the API, and when (UTC ISO 8601). */
  readonly decided?: { readonly by: string; readonly at: string };
  /** Set on dry runs: what a real job would do and cost. */
  readonly plan?: JobPlan;
  /** Why a full listing was not swept. */
  readonly sweepSkipped?: string;
  /** Items that the listing missed and that were kept because the vendor could not say whether they were deleted. */
  readonly unconfirmed?: number;
}

export interface JobPlan {
  readonly create: number;
  readonly update: number;
  readonly remove: number;
  readonly skip: number;
  readonly unchanged: number;
  readonly retry: number;
  /** Partly a guess if `unsized` is above 0. */
  readonly bytes: number;
  /** Items to read for which the source reports no size. */
  readonly unsized: number;
  /** Estimated from sizes and from the source's existing documents. */
  readonly tokens: number;
  readonly embeddingDollars: number;
  /** In seconds, at the speed of this source's last jobs; null if there are none. */
  readonly estimatedSeconds: number | null;
  readonly removalsNeedApproval: boolean;
}

export interface JobPagesTable {
  jobId: string;
  page: number;
  userId: string;
  kind: 'listing' | 'container' | 'retry' | 'manual' | 'stale' | 'confirm' | 'sweep' | 'scans';
  containerExternalId: string | null;
  nextCursor: string | null;
  state: Generated<'listed' | 'closed' | 'failed'>;
  itemsFound: Generated<number>;
  itemsCreated: Generated<number>;
  itemsUpdated: Generated<number>;
  itemsUnchanged: Generated<number>;
  itemsRemoved: Generated<number>;
  itemsSkipped: Generated<number>;
  itemsFailed: Generated<number>;
  bytesProcessed: GeneratedBigInteger;
  /** Number of unchanged items that have no row in the ledger. */
  itemsKept: Generated<number>;
  containersChanged: Generated<boolean>;
  /** The progress of the listing: see `db/items/listing-progress.ts`. */
  cursorDigest: string | null;
  contentDigest: string | null;
  repeats: Generated<number>;
  idle: Generated<number>;
  listedAt: GeneratedTime;
  closedAt: Time | null;
}

export interface JobContainersTable {
  jobId: string;
  externalId: string;
  userId: string;
  listed: Generated<boolean>;
}

/** A part that one job could not list. The `externalId` is empty if it is unknown which part. */
export interface JobGapsTable {
  jobId: string;
  externalId: string;
  userId: string;
  name: string;
  code: string;
  message: string;
  since: Time;
  nextAttemptAt: Time | null;
}

/**
 * Items that a job considers deleted: `named` by id by the vendor, by its `path`, by being `inside` something that was
 * named, or `missed` by a listing that is proven complete.
 */
export interface JobRemovalsTable {
  jobId: string;
  externalId: string;
  userId: string;
  reason: 'named' | 'path' | 'inside' | 'missed' | 'outside' | 'aged';
  /** `listed` means that it is on a page of the job, which removes it. */
  state: Generated<'open' | 'confirmed' | 'listed'>;
}

/** The containers that a plan has listed, while it runs. */
export interface PlanContainersTable {
  jobId: string;
  externalId: string;
  userId: string;
  parentExternalId: string | null;
  name: string;
}
