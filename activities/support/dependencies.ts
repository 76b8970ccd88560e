import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import type { LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import type { Connector } from '../../sources/connectors/connector.ts';
import type { SubscriptionClient } from '../../sources/connectors/subscriptions.ts';
import type { SyncSource } from '../../db/jobs/job-lifecycle.ts';
import type { Database } from '../../db/access/database.ts';
import type { Revocation } from '../../domain/contract.ts';
import type { ItemRef, SkipReason } from '../../domain/source.ts';
import type { ExtractionInput, RecognizedPage } from '../../domain/reading.ts';
import type { Exclusion, ItemFacts, ReadDocument, Transformation } from '../../domain/transformations.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { Embedder } from '../../content/embeddings/embedder.ts';
import type { EmbedderOf } from '../../content/embeddings/index.ts';
import type { StagingTarget } from '../../content/staging/staged-document.ts';
import type { Staging } from '../../content/staging/staging.ts';
import type { SyncMetrics } from '../../platform/sync-metrics.ts';
import type { VectorSpaces } from '../../content/vectors/vector-spaces.ts';
import type { SendWebhook } from '../../jobs/outgoing-webhooks/send.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { TroubleReports } from './trouble.ts';

/** The configured text recognition. */
export interface TextRecognition {
  /**
   * @throws SyncError `unreadable`, `too_large`; one of `unfinishedReadings` for a page that took too long or crashed
   * its reader
   */
  readonly recognize: (
    input: { readonly bytes: Uint8Array; readonly page: number },
    signal: AbortSignal,
    userId: string,
  ) => Promise<RecognizedPage>;
  /** Identifies the engine and the languages. Text that was recognized with other settings is not used. */
  readonly settings: string;
  /** Maximum number of pages that are recognized in one document. */
  readonly maxPages: number;
  /** Limit for one document in one job; a later job continues from there. */
  readonly maxMsPerDocument: number;
  /** One document at a time, across all users. A document that waits holds nothing that others need. */
  readonly turns: ByteBudget;
}

/** A user's transformations, and the facts that they use beside the text. */
interface Rules {
  readonly facts: ItemFacts;
  readonly transformations: readonly Transformation[];
  readonly target: StagingTarget;
}

/** An encoded document, as `decodeStaged` reads it. */
type Transformed = { readonly excluded: Exclusion } | { readonly staged: Uint8Array };

/**
 * All dependencies of the activities, passed in by `composition/`. There are no module-level clients, so that tests can
 * pass their own.
 */
export interface ActivityDependencies {
  readonly db: Kysely<Database>;
  /** A few connections of their own for ending cancelled work, which must not wait until other work releases one. */
  readonly reserve: Kysely<Database>;
  /** Used only to check whether the workflow that holds a lease is still running. */
  readonly temporal: Client;
  /** @param attempt the activity's attempt, 1 by default: see `isRefusedRepeatedly` in ConnectorContext */
  readonly connectorFor: (source: SyncSource, attempt?: number) => Connector;
  /** The client that requests change notifications for a source from its vendor; null if the vendor sends none. */
  readonly subscriptionClientFor: (source: SyncSource) => SubscriptionClient | null;
  /** The URL at which vendors reach this installation. */
  readonly publicUrl: string;
  readonly sendWebhook: SendWebhook;
  /**
   * Ends a source's subscriptions and revokes its sign-in at the vendor, if it has any. It does not throw if the vendor
   * does not answer.
   */
  readonly revokeAtVendor: (userId: string, dataSourceId: string) => Promise<Revocation>;
  readonly staging: Staging;
  /**
   * Each user has a separate queue, so that one user's slow files do not delay another's.
   * @returns a scan unchanged, without its text, if `recognized` is given and lacks some of its pages
   * @throws SyncError `unreadable`, `unsupported`, `too_large`
   */
  readonly read: (
    input: ExtractionInput & Rules,
    signal: AbortSignal,
    userId: string,
  ) => Promise<Transformed | { readonly scanned: ReadDocument }>;
  /** Like `read`, without transformations. */
  readonly extract: (input: ExtractionInput, signal: AbortSignal, userId: string) => Promise<ReadDocument>;
  /** Starts a reader if none runs: one ends when it has had no work for a while, and starting one takes some 0.3 s. */
  readonly prepare: () => void;
  readonly readsArchives: boolean;
  /** Null if text recognition is off. */
  readonly recognition: TextRecognition | null;
  /**
   * Transforms text that was read before. @throws SyncError `unreadable`, with a code that identifies the
   * transformations
   */
  readonly transform: (
    input: { readonly document: ReadDocument } & Rules,
    signal: AbortSignal,
    userId: string,
  ) => Promise<Transformed>;
  /** Which items the filters exclude by their facts alone. @throws like `transform` */
  readonly applyFilters: (
    input: { readonly items: readonly ItemFacts[]; readonly transformations: readonly Transformation[] },
    signal: AbortSignal,
    userId: string,
  ) => Promise<readonly (Exclusion | null)[]>;
  /** Why an item is skipped although its connector could fetch it; null to accept it. */
  readonly ineligible: (item: ItemRef) => SkipReason | null;
  /** Whether the item is a picture, so that its text has to be recognized. */
  readonly isPicture: (item: ItemRef) => boolean;
  /** The media type to store for an item whose source may not know it. */
  readonly mediaTypeOf: (mimeType: string, name: string) => string;
  /** Changes when extraction or chunking do. */
  readonly pipelineVersion: string;
  /** The configured embedder, for plans. Documents are embedded with the embedder of the user's space. */
  readonly embedder: Embedder;
  readonly embedderOf: EmbedderOf;
  readonly vectors: VectorSpaces;
  /** Approximate indexes for large tenants, in stores that leave this to us. */
  readonly annIndex: {
    /** Whether there is none and it would be worthwhile. */
    readonly isDue: (userId: string, space: VectorSpace) => Promise<boolean>;
    /** Builds the index if it is due, which takes minutes. @returns whether it was */
    readonly maintain: (userId: string, space: VectorSpace) => Promise<boolean>;
  };
  readonly metrics: SyncMetrics;
  readonly logger: Logger;
  /** For work that may crash this process: it never runs concurrently. */
  readonly oneAtATime: LimitFunction;
  /** Reports activities that keep failing. */
  readonly troubles: TroubleReports;
  /** Limits the bytes that this process holds in memory, over all jobs (P9). */
  readonly bytesInFlight: ByteBudget;
  readonly maxItemBytes: number;
  /** Maximum duration of one download, in milliseconds. */
  readonly downloadTimeoutMs: number;
}
