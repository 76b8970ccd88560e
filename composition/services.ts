/** Builds the services that the worker and the API share, once in a process, from its configuration. */

import type { Client } from '@temporalio/client';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Embedder } from '../content/embeddings/embedder.ts';
import { createEmbedder, type EmbedderOf, embedderFinder } from '../content/embeddings/index.ts';
import { pipelineVersion } from '../content/extraction/pipeline-version.ts';
import { createVectorSpaces, type VectorSpaces } from '../content/vectors/vector-spaces.ts';
import type { Database, OpenDatabase } from '../db/access/database.ts';
import { taskQueue } from '../domain/contract.ts';
import type { Config } from '../platform/config.ts';
import { stopSubscription } from '../sources/change-notifications/reconcile.ts';
import type { ConnectorSettings } from '../sources/connectors/source-definition.ts';
import type { SubscriptionClient } from '../sources/connectors/subscriptions.ts';
import type { Keyring } from '../sources/credentials/keyring.ts';
import { createSubscriptionClientFor } from '../sources/source-clients.ts';
import type { SyncSource } from '../db/jobs/job-lifecycle.ts';

/** The parts that a program opens itself and closes at its end. */
export interface Parts {
  readonly config: Config;
  readonly db: Kysely<Database> & Pick<OpenDatabase, 'reserve'>;
  readonly temporal: Client;
  readonly keyring: Keyring;
  readonly logger: Logger;
  /** Tests run in parallel on separate task queues. */
  readonly taskQueue?: string;
}

export interface Services extends Parts {
  readonly taskQueue: string;
  /** Changes when extraction or chunking do. */
  readonly pipelineVersion: string;
  /** The configured embedder. */
  readonly embedder: Embedder;
  readonly embedderOf: EmbedderOf;
  readonly vectors: VectorSpaces;
  /** The operator's settings for all sources. */
  readonly sourceSettings: ConnectorSettings;
  readonly subscriptionClientFor: (source: SyncSource) => SubscriptionClient | null;
  /** Ends a source's subscription at its vendor. It ignores a vendor that does not answer. */
  readonly stopSubscription: (userId: string, dataSourceId: string) => Promise<void>;
}

export function createServices(parts: Parts): Services {
  const { config, db } = parts;
  const embedder = createEmbedder(config.embedding);
  const { model, dimensions } = embedder;
  const subscriptionClientFor = createSubscriptionClientFor(parts);
  const { publicUrl, localFolderRoots, vendors } = config;
  return {
    ...parts,
    taskQueue: parts.taskQueue ?? taskQueue,
    pipelineVersion,
    embedder,
    embedderOf: embedderFinder(config.embedding, embedder),
    vectors: createVectorSpaces(db, { store: config.vectors.store, model, dimensions }, config.vectors.pinecone),
    sourceSettings: { localFolderRoots, vendors },
    subscriptionClientFor,
    stopSubscription: async (userId, dataSourceId) => {
      await stopSubscription({ db, subscriptionClientFor, publicUrl }, { userId, dataSourceId });
    },
  };
}
