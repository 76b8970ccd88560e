/** Converts rows that several routes return to JSON. A row of a single route is converted beside it. */

import type { z } from 'zod';
import type { Config } from '../platform/config.ts';
import type { DataSource } from '../db/sources/data-sources.ts';
import type { DocumentRow } from '../db/documents/document-queries.ts';
import type { StoredGap } from '../db/items/gaps.ts';
import { type Job, lateSeconds, type listJobItems, type LiveLedger, type LiveStages } from '../db/jobs/job-queries.ts';
import type { DeliveryRow } from '../db/webhooks/webhook-deliveries.ts';
import type { WebhookEndpoint } from '../db/webhooks/webhooks.ts';
import type { SyncProgress, WaitingFor, Counts } from '../domain/contract.ts';
import { fallbackMessage } from '../domain/fallbacks.ts';
import type { SearchHit } from '../content/search/search.ts';
import type * as schemas from './schemas.ts';
import type { Silence } from './worker-presence.ts';

const iso = (at: Date): string => at.toISOString();
const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

export function serializeDataSource(row: DataSource): z.infer<typeof schemas.dataSource> {
  return {
    ...row,
    gaps: row.gaps.map(serializeGap),
    lastSyncAt: isoOrNull(row.lastSyncAt),
    lastFullListingAt: isoOrNull(row.lastFullListingAt),
    configChangedAt: isoOrNull(row.configChangedAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

function serializeGap(gap: StoredGap): z.infer<typeof schemas.gap> {
  const { since, nextAttemptAt } = gap;
  return {
    ...gap,
    since: iso(new Date(since)),
    nextAttemptAt: nextAttemptAt === null ? null : iso(new Date(nextAttemptAt)),
  };
}

type JobItem = Awaited<ReturnType<typeof listJobItems>>[number];

export function serializeJobItem(row: JobItem): z.infer<typeof schemas.jobItem> {
  return {
    ...row,
    notes: [...(row.notes ?? [])],
    bytes: Number(row.bytes),
    size: row.size === null ? null : Number(row.size),
    nextAttemptAt: isoOrNull(row.nextAttemptAt),
    updatedAt: iso(row.updatedAt),
  };
}

/** The facts about a running job that its row does not contain. */
export interface LiveJob extends LiveLedger {
  /** Null if the workflow does not answer. */
  readonly progress: SyncProgress | null;
  /** Why it does not answer, unless its worker is only busy. */
  readonly silence: Silence | null;
}

export function serializeJob(row: Job, config: Config, live: LiveJob | null): z.infer<typeof schemas.job> {
  const extra = row.progressData;
  return {
    id: row.id,
    dataSourceId: row.dataSourceId,
    jobType: row.jobType,
    mode: row.mode,
    trigger: row.trigger,
    dryRun: row.dryRun,
    status: row.status,
    counts: live === null ? storedCounts(row) : liveCounts(live.counts),
    bytesProcessed: live === null ? Number(row.bytesProcessed) : live.counts.bytes,
    progress: live === null ? null : serializeProgress(row, live),
    speed: { pagesAtOnce: row.pagesAtOnce, requestsPerSecond: row.requestsPerSecond },
    fallback: extra.fallback ?? null,
    fallbackMessage: extra.fallback === undefined ? null : fallbackMessage(extra.fallback),
    removals:
      extra.removals === undefined ? null : { configChanged: false, ...extra.removals, decided: extra.decided ?? null },
    sweepSkipped: extra.sweepSkipped ?? null,
    unconfirmed: extra.unconfirmed ?? 0,
    gaps: row.gaps.map(serializeGap),
    gapCount: row.gapCount,
    plan: extra.plan ?? null,
    errorCode: row.errorCode,
    errorMessage: row.errorMessage,
    workflowId: row.workflowId,
    temporalUrl: temporalUrl(config, row.workflowId),
    startedAt: isoOrNull(row.startedAt),
    completedAt: isoOrNull(row.completedAt),
    createdAt: iso(row.createdAt),
  };
}

function storedCounts(row: Job) {
  return {
    found: row.itemsFound,
    processed: row.itemsProcessed,
    created: row.itemsCreated,
    updated: row.itemsUpdated,
    unchanged: row.itemsUnchanged,
    removed: row.itemsRemoved,
    skipped: row.itemsSkipped,
    failed: row.itemsFailed,
    pending: row.itemsPending,
  };
}

function liveCounts({ bytes: _bytes, ...counts }: Counts) {
  return { ...counts, processed: processedOf(counts), pending: 0 };
}

function processedOf(counts: Omit<Counts, 'bytes'>): number {
  return counts.created + counts.updated + counts.unchanged + counts.removed + counts.skipped + counts.failed;
}

/** The progress of a running job. The time left requires a complete listing, and is given as a range. */
function serializeProgress(row: Job, live: LiveJob) {
  const { counts, progress, stages } = live;
  const listingComplete = progress?.listingComplete ?? row.listingComplete;
  const processed = processedOf(counts);
  const rates = ratesOf(row, live);
  const known = listingComplete && counts.found > 0;
  const waitingFor = live.silence ?? stillTrue(progress?.waitingFor ?? null) ?? storedWaiting(row);
  const isStill = waitingFor !== null && waitingFor.reason !== 'rate_limit';
  const secondsAt = (rate: number): number => Math.ceil((counts.found - processed) / rate);
  const isKnown = known && rates !== null && !isStill;
  return {
    stage: progress?.stage ?? null,
    listingComplete,
    stages: { ...waitingStages(stages), done: processed },
    itemsPerSecond: rates?.now ?? null,
    percent: known ? Math.floor((processed / counts.found) * 100) : null,
    secondsLeft: isKnown ? secondsAt(rates.now) : null,
    secondsLeftRange: isKnown
      ? { min: secondsAt(Math.max(rates.now, rates.average)), max: secondsAt(Math.min(rates.now, rates.average)) }
      : null,
    waitingFor,
  };
}

function waitingStages({ endedOfLate: _endedOfLate, ...waiting }: LiveStages) {
  return waiting;
}

/** Items per second, recently and since the start; null if nothing was measured yet. */
function ratesOf(row: Job, { counts, stages }: LiveJob): { readonly now: number; readonly average: number } | null {
  const seconds = row.startedAt === null ? 0 : (Date.now() - row.startedAt.getTime()) / 1000;
  const processed = processedOf(counts);
  if (processed === 0 || seconds < 1) return null;
  const average = processed / seconds;
  const now = stages.endedOfLate / Math.min(seconds, lateSeconds);
  return { now: now > 0 ? now : average, average };
}

/** Drops an expired state, because a worker that has died cannot report its end to the workflow. */
function stillTrue(waitingFor: WaitingFor | null): WaitingFor | null {
  return waitingFor !== null && 'step' in waitingFor && Date.parse(waitingFor.until) < Date.now() ? null : waitingFor;
}

/** Returns the wait that the activities have recorded; the workflow knows all others. */
function storedWaiting({ waitingReason, waitingOn, waitingUntil }: Job): WaitingFor | null {
  if (waitingReason === 'sign_in') return { reason: 'sign_in' };
  if (waitingReason === null || waitingUntil === null || waitingUntil.getTime() <= Date.now()) return null;
  return { reason: waitingReason, limitedBy: waitingOn ?? 'source', until: iso(waitingUntil) };
}

function temporalUrl({ temporal }: Config, workflowId: string | null): string | null {
  if (temporal.uiUrl === undefined || workflowId === null) return null;
  return `${temporal.uiUrl}/namespaces/${encodeURIComponent(temporal.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

export function serializeDocument(row: DocumentRow): z.infer<typeof schemas.document> {
  return {
    ...row,
    projects: [...row.projects],
    tags: [...row.tags],
    modifiedAt: isoOrNull(row.modifiedAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

function serializePassage({ highlights, place }: Pick<SearchHit, 'highlights' | 'place'>) {
  return { highlights: [...highlights], place: serializePlace(place) };
}

/** Copies the arrays, because the schemas' types are mutable. */
export function serializePlace({ headings, pages }: SearchHit['place']) {
  return { headings: [...headings], pages };
}

export function serializeHit(hit: SearchHit): z.infer<typeof schemas.searchHit> {
  return {
    ...hit,
    ...serializePassage(hit),
    otherPassages: hit.otherPassages.map((passage) => ({ ...passage, ...serializePassage(passage) })),
    modifiedAt: isoOrNull(hit.modifiedAt),
  };
}

export function serializeWebhook(row: WebhookEndpoint): z.infer<typeof schemas.webhook> {
  return {
    ...row,
    failingSince: isoOrNull(row.failingSince),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

export function serializeDelivery(row: DeliveryRow): z.infer<typeof schemas.webhookDelivery> {
  return {
    ...row,
    lastAttemptAt: isoOrNull(row.lastAttemptAt),
    nextAttemptAt: isoOrNull(row.nextAttemptAt),
    createdAt: iso(row.createdAt),
  };
}
