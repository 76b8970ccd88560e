import type { ColumnType, Generated } from 'kysely';
import type { JobStatus, JobTrigger, JobType, JobMode } from '../../domain/contract.ts';
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
  /** Found by a job that was stopped before it came to them; not among those found. */
  itemsPending: Generated<number>;
  bytesProcessed: GeneratedBigInteger;
  /** Raised when the listing starts over (position lost): earlier pages no longer lead anywhere. */
  listingFromPage: Generated<number>;
  listingComplete: Generated<boolean>;
  nextCheckpoint: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  progressData: ColumnType<ProgressData, string | undefined, string>;
  /** What the vendor or the embedder makes the job wait for, and until when. */
  waitingReason: WaitingReason | null;
  waitingUntil: Time | null;
  /** The job's own speed, where somebody has set one. */
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

/** What a person wants to know about a job beyond its counters. */
export interface ProgressData {
  /** Why the job runs otherwise than asked: `checkpoint_expired`, `no_checkpoint`, `reconcile_due`. */
  readonly fallback?: string;
  /** A held sweep and what was decided. */
  readonly removals?: {
    readonly count: number;
    readonly of: number;
    readonly decision: 'waiting' | 'approve' | 'keep';
  };
  /** Set on dry runs: what a real job would do and cost. */
  readonly plan?: JobPlan;
  /** Why a full listing was not swept. */
  readonly sweepSkipped?: string;
  /** Missed by the listing and kept, since the vendor could not say whether they are gone. */
  readonly unconfirmed?: number;
}

export interface JobPlan {
  readonly create: number;
  readonly update: number;
  readonly remove: number;
  readonly skip: number;
  readonly unchanged: number;
  readonly retry: number;
  /** Partly a guess where `unsized` is above 0. */
  readonly bytes: number;
  /** Items to read whose source does not tell their size. */
  readonly unsized: number;
  /** Estimated from sizes and from the documents that this source has already. */
  readonly tokens: number;
  readonly embeddingDollars: number;
  /** Seconds, at the rate of this source's last jobs; null where there is nothing to go by. */
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
  /** Of the unchanged, those that have no row in the ledger. */
  itemsKept: Generated<number>;
  containersChanged: Generated<boolean>;
  /** How the listing gets on: see `db/items/listing-progress.ts`. */
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

/** A part that one job could not list. An empty `externalId`: it is not known which. */
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
 * What a job takes for gone: `named` by the vendor by its id, by its `path`, by lying `inside` of what was named, or `missed` by
 * a listing that is proven complete.
 */
export interface JobRemovalsTable {
  jobId: string;
  externalId: string;
  userId: string;
  reason: 'named' | 'path' | 'inside' | 'missed';
  /** `listed`: it stands on a page of the job, which removes it. */
  state: Generated<'open' | 'confirmed' | 'listed'>;
}
