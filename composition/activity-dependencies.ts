import { Runtime } from '@temporalio/worker';
import pLimit from 'p-limit';
import { createByteBudget } from '../activities/support/byte-budget.ts';
import type { ActivityDependencies } from '../activities/support/dependencies.ts';
import { createTroubleReports } from '../activities/support/trouble.ts';
import { ineligible, isPicture, mediaTypeOf } from '../content/extraction/media-types.ts';
import { openStaging } from '../content/staging/index.ts';
import { isAnnIndexDue, maintainAnnIndex } from '../content/vectors/pgvector-ann.ts';
import { asUser } from '../db/access/as-user.ts';
import { findSyncSource } from '../db/jobs/job-lifecycle.ts';
import { createSendWebhook } from '../jobs/outgoing-webhooks/send.ts';
import { createSyncMetrics, type SyncMetrics } from '../platform/sync-metrics.ts';
import type { Throttle } from '../sources/connectors/connector.ts';
import { createConnector, type LoadedSources, typesOfVendor } from '../sources/connectors/registry.ts';
import { maxRefusedAttempts } from '../domain/retry-policy.ts';
import type { Revocation } from '../domain/contract.ts';
import { revokeAtVendor } from '../sources/credentials/revoke.ts';
import { limitConnector } from '../sources/rate-limits/limited-connector.ts';
import { createThrottles } from '../sources/rate-limits/rate-limiter.ts';
import { createAccountBlocks } from '../sources/rate-limits/retry-after.ts';
import { composioSignInFor, contextFor, oauthClientFor } from '../sources/source-clients.ts';
import { createServices, type Parts, type Services } from './services.ts';

/** Limit for the bytes of items in memory, over all jobs of one process. */
const bytesInFlight = 256 * 1024 * 1024;
/**
 * A third of the time that Temporal gives to an activity: what was downloaded beside a file that never ends is saved, and
 * the largest file arrives within it at 45 KB a second.
 */
const downloadTimeoutMs = 20 * 60_000;

export interface ActivityParts extends Parts {
  /** Tests pass a connector that misbehaves. */
  readonly connectorFor?: ActivityDependencies['connectorFor'];
}

type Readers = Pick<
  ActivityDependencies,
  'read' | 'extract' | 'transform' | 'applyFilters' | 'prepare' | 'recognition'
>;

/** Builds the dependencies of the activities. A benchmark runs the same parts without Temporal. */
export function createActivityDependencies(
  parts: ActivityParts,
  readers: Readers,
  sources: LoadedSources,
): ActivityDependencies {
  const services = createServices(parts);
  const { config, db, temporal, logger } = services;
  const { readsArchives, maxItemBytes } = config;
  const readsPictures = config.recognition?.readsPictures === true;
  const metrics = createSyncMetrics(Runtime.instance().metricMeter);
  const { read, extract, transform, applyFilters, prepare, recognition } = readers;
  return {
    db,
    reserve: db.reserve,
    temporal,
    connectorFor: createConnectorFor(services, sources, metrics, parts.connectorFor),
    subscriptionClientFor: services.subscriptionClientFor,
    publicUrl: config.publicUrl,
    sendWebhook: createSendWebhook(parts.keyring, config.webhookAddresses),
    revokeAtVendor: (userId, dataSourceId) => revokeSource(services, userId, dataSourceId),
    staging: openStaging(config.stagingS3, config.dataDir),
    read,
    extract,
    transform,
    applyFilters,
    prepare,
    recognition,
    isPicture,
    readsArchives,
    ineligible: (item) => ineligible(item, { maxBytes: maxItemBytes, readsPictures, readsArchives }),
    mediaTypeOf,
    pipelineVersion: services.pipelineVersion,
    embedder: services.embedder,
    metrics,
    embedderOf: services.embedderOf,
    vectors: services.vectors,
    annIndex: {
      isDue: (userId, space) => isAnnIndexDue(db, userId, space),
      maintain: (userId, space) => maintainAnnIndex(db, userId, space),
    },
    logger,
    oneAtATime: pLimit(1),
    troubles: createTroubleReports(temporal, metrics),
    bytesInFlight: createByteBudget(bytesInFlight),
    maxItemBytes,
    downloadTimeoutMs,
  };
}

/** Creates the connector of a source, within the rate limit of its account. */
function createConnectorFor(
  services: Services,
  sources: LoadedSources,
  metrics: SyncMetrics,
  replaced: ActivityDependencies['connectorFor'] | undefined,
): ActivityDependencies['connectorFor'] {
  const { config, db, sourceSettings } = services;
  const blocks = createAccountBlocks(db);
  const throttles = createThrottles(db);
  return (source, attempt = 1) => {
    const account = `${source.sourceType}:${source.accountLabel ?? source.id}`;
    const rateLimit = config.rateLimits[source.sourceType] ?? sources.get(source.sourceType)?.rateLimit ?? null;
    const wait = throttles({ userId: source.userId, account, dataSourceId: source.id, rateLimit });
    const throttle: Throttle = async (units, signal) => {
      await wait(units, signal);
      metrics.vendorCall(source.sourceType);
    };
    const isRefusedRepeatedly = attempt > maxRefusedAttempts;
    const context = { ...contextFor(services, source, throttle), isRefusedRepeatedly };
    const connector = replaced?.(source, attempt) ?? createConnector(sources, source, context, sourceSettings);
    return limitConnector(connector, blocks(source.userId, account), (by) => metrics.throttled(source.sourceType, by));
  };
}

/** Ends a source's subscriptions and revokes its sign-in at the vendor. */
async function revokeSource(services: Services, userId: string, dataSourceId: string): Promise<Revocation> {
  const { config, db } = services;
  await services.stopSubscription(userId, dataSourceId);
  const source = await asUser(db, userId, (trx) => findSyncSource(trx, dataSourceId));
  if (source === undefined) return 'none';
  const oauthClient = () => oauthClientFor(config, source);
  const composio = () => composioSignInFor(config, source);
  const vendorTypes = typesOfVendor(source.sourceType);
  return await revokeAtVendor({ ...services, oauthClient, composio, vendorTypes }, userId, dataSourceId);
}
