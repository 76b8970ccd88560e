/** Rows to JSON: the one place that knows both shapes. */

import type { z } from 'zod';
import type { Config } from '../config.ts';
import type { DataSource } from '../db/data-sources.ts';
import type { DocumentRow } from '../db/document-queries.ts';
import type { Job } from '../db/job-queries.ts';
import type { Counts } from '../db/ledger.ts';
import type { SyncProgress, WaitingFor } from '../domain/contract.ts';
import type { SearchHit } from '../search/search.ts';
import type * as schemas from './schemas.ts';

const iso = (at: Date): string => at.toISOString();
const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

export function presentDataSource(row: DataSource): z.infer<typeof schemas.dataSource> {
  return {
    ...row,
    lastSyncAt: isoOrNull(row.lastSyncAt),
    lastFullListingAt: isoOrNull(row.lastFullListingAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

/** What is known of a job beyond its row while it runs. */
export interface LiveJob {
  readonly counts: Counts;
  /** Null while the workflow does not answer. */
  readonly progress: SyncProgress | null;
}

export function presentJob(row: Job, config: Config, live: LiveJob | null): z.infer<typeof schemas.job> {
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
    progress: live === null ? null : presentProgress(row, live),
    speed: { pagesAtOnce: row.pagesAtOnce, requestsPerSecond: row.requestsPerSecond },
    fallback: extra.fallback ?? null,
    removals: extra.removals ?? null,
    sweepSkipped: extra.sweepSkipped ?? null,
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
  };
}

function liveCounts({ bytes: _bytes, ...counts }: Counts) {
  return { ...counts, processed: processedOf(counts) };
}

function processedOf(counts: Omit<Counts, 'bytes'>): number {
  return counts.created + counts.updated + counts.unchanged + counts.removed + counts.skipped + counts.failed;
}

/** A rate needs something done and some time; the time left needs a complete listing. Both are null before. */
function presentProgress(row: Job, { counts, progress }: LiveJob) {
  const listingComplete = progress?.listingComplete ?? row.listingComplete;
  const processed = processedOf(counts);
  const seconds = row.startedAt === null ? 0 : (Date.now() - row.startedAt.getTime()) / 1000;
  const itemsPerSecond = processed > 0 && seconds >= 1 ? processed / seconds : null;
  const known = listingComplete && counts.found > 0;
  return {
    stage: progress?.stage ?? null,
    listingComplete,
    itemsPerSecond,
    percent: known ? Math.floor((processed / counts.found) * 100) : null,
    secondsLeft: known && itemsPerSecond !== null ? Math.ceil((counts.found - processed) / itemsPerSecond) : null,
    waitingFor: progress?.waitingFor ?? storedWaiting(row),
  };
}

/** What the steps have noted; the workflow knows the rest. */
function storedWaiting({ waitingReason, waitingUntil }: Job): WaitingFor | null {
  if (waitingReason === 'sign_in') return { reason: 'sign_in' };
  if (waitingReason === null || waitingUntil === null || waitingUntil.getTime() <= Date.now()) return null;
  return { reason: waitingReason, until: iso(waitingUntil) };
}

function temporalUrl({ temporal }: Config, workflowId: string | null): string | null {
  if (temporal.uiUrl === undefined || workflowId === null) return null;
  return `${temporal.uiUrl}/namespaces/${encodeURIComponent(temporal.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

export function presentDocument(row: DocumentRow): z.infer<typeof schemas.document> {
  return {
    ...row,
    modifiedAt: isoOrNull(row.modifiedAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

export function presentHit(hit: SearchHit): z.infer<typeof schemas.searchHit> {
  const { text: _text, ...shown } = hit;
  return { ...shown, modifiedAt: isoOrNull(hit.modifiedAt) };
}
