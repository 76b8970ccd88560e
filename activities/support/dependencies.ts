import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import type { LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import type { Connector } from '../../sources/connectors/connector.ts';
import type { SubscriptionClient } from '../../sources/connectors/subscriptions.ts';
import type { SyncSource } from '../../db/jobs/job-lifecycle.ts';
import type { Database } from '../../db/access/database.ts';
import type { ExtractedDocument } from '../../domain/documents.ts';
import type { ItemRef, SkipReason } from '../../domain/source.ts';
import type { RecognisedPage } from '../../domain/reading.ts';
import type { Exclusion, ItemFacts, ReadDocument, Transformation } from '../../domain/transformations.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { Embedder } from '../../content/embeddings/embedder.ts';
import type { EmbedderOf } from '../../content/embeddings/index.ts';
import type { Staging } from '../../content/staging/staging.ts';
import type { SyncMetrics } from '../../platform/sync-metrics.ts';
import type { VectorSpaces } from '../../content/vectors/vector-spaces.ts';
import type { SendWebhook } from '../../jobs/outgoing-webhooks/send.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { TroubleReports } from './trouble.ts';

/** Bytes of one item on their way to text. */
export interface ExtractionInput {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly name: string;
  /** What text recognition has read of scanned pages so far; left out where none is done. */
  readonly recognised?: readonly RecognisedPage[];
  /** Whether archives are unpacked. */
  readonly readsArchives?: boolean;
}

/** Text recognition, as it is configured. */
export interface TextRecognition {
  /** @throws SyncError `unreadable`, `too_large`; one of `unfinishedReadings` for a page that took too long or ended its reader */
  readonly recognise: (
    input: { readonly bytes: Uint8Array; readonly page: number },
    signal: AbortSignal,
    userId: string,
  ) => Promise<RecognisedPage>;
  /** Names the engine and the languages: what other settings have recognised does not count. */
  readonly settings: string;
  /** Pages of one document that are recognised at the most. */
  readonly maxPages: number;
  /** For one document; a later job goes on from there. */
  readonly maxMsPerDocument: number;
  /** One document at a time, whoever's: what waits holds nothing that others need. */
  readonly turns: ByteBudget;
}

/** What a user's transformations are, and what they look at beside the text. */
interface Rules {
  readonly facts: ItemFacts;
  readonly transformations: readonly Transformation[];
}

type Transformed = { readonly excluded: Exclusion } | { readonly document: ExtractedDocument };

/** Everything activities touch, handed in by `worker.ts`: no module-level clients, so that tests pass what they like. */
export interface ActivityDependencies {
  readonly db: Kysely<Database>;
  /** For one question only: does the workflow that holds a lease still live? */
  readonly temporal: Client;
  readonly connectorFor: (source: SyncSource) => Connector;
  /** How a source's vendor is asked to send hints; null where it sends none. */
  readonly subscriptionClientFor: (source: SyncSource) => SubscriptionClient | null;
  /** Where vendors reach this installation. */
  readonly publicUrl: string;
  readonly sendWebhook: SendWebhook;
  /** Ends subscriptions and the sign-in of a source at its vendor, if it has any. Never throws for a vendor that does not answer. */
  readonly revokeSignIn: (userId: string, dataSourceId: string) => Promise<'revoked' | 'not_revoked' | 'none'>;
  readonly staging: Staging;
  /**
   * Users' files wait in lines of their own, so that one user's slow files leave another's as they were.
   * @returns a scan as it is without its text, when `recognised` is given and lacks pages of it
   * @throws SyncError `unreadable`, `unsupported`, `too_large`
   */
  readonly read: (
    input: ExtractionInput & Rules,
    signal: AbortSignal,
    userId: string,
  ) => Promise<Transformed | { readonly scanned: ReadDocument }>;
  /** As `read`, without transformations. */
  readonly extract: (input: ExtractionInput, signal: AbortSignal, userId: string) => Promise<ReadDocument>;
  readonly readsArchives: boolean;
  /** Null where it is switched off. */
  readonly recognition: TextRecognition | null;
  /** What has been read before. @throws SyncError `unreadable`, with a code that names the transformations */
  readonly transform: (
    input: { readonly document: ReadDocument } & Rules,
    signal: AbortSignal,
    userId: string,
  ) => Promise<Transformed>;
  /** What filters leave out by facts alone, item by item. @throws as `transform` */
  readonly judge: (
    input: { readonly items: readonly ItemFacts[]; readonly transformations: readonly Transformation[] },
    signal: AbortSignal,
    userId: string,
  ) => Promise<readonly (Exclusion | null)[]>;
  /** Why the item is left out although its connector would fetch it. */
  readonly ineligible: (item: ItemRef) => SkipReason | null;
  /** Is it a picture, so that its text has to be recognised? */
  readonly isPicture: (item: ItemRef) => boolean;
  /** What an item is kept as, whose source may have no word for it. */
  readonly mediaTypeOf: (mimeType: string, name: string) => string;
  /** Changes when extraction or chunking do. */
  readonly pipelineVersion: string;
  /** The configured one: for plans. What embeds is the embedder of the user's space. */
  readonly embedder: Embedder;
  readonly embedderOf: EmbedderOf;
  readonly vectors: VectorSpaces;
  /** Approximate indexes of large tenants, where the store leaves them to us. */
  readonly annIndex: {
    /** Is there none, and would it pay? */
    readonly isDue: (userId: string, space: VectorSpace) => Promise<boolean>;
    /** Builds it if it is due: minutes. @returns whether it was */
    readonly tend: (userId: string, space: VectorSpace) => Promise<boolean>;
  };
  readonly metrics: SyncMetrics;
  readonly logger: Logger;
  /** For what may end this process: never two at once. */
  readonly oneAtATime: LimitFunction;
  /** Where a step says that it fails again and again. */
  readonly troubles: TroubleReports;
  /** Bounds what this process holds in memory at once, over all jobs (P9). */
  readonly bytesInFlight: ByteBudget;
  readonly maxItemBytes: number;
}
