/** Previews transformations on a document, and starts jobs that apply changed transformations to stored documents. */

import type { z } from 'zod';
import { asUser } from '../db/access/as-user.ts';
import { findDataSource } from '../db/sources/data-sources.ts';
import { findPreviewDocument } from '../db/documents/originals.ts';
import { countStale, type StaleSource } from '../db/items/stale.ts';
import { findApplicable, findCurrentHashes } from '../db/documents/transformations.ts';
import type { ApiDependencies } from './dependencies.ts';
import { serializeLive, startJob } from './job-control.ts';
import type { serializeJob } from './serializers.ts';
import { requireNewPatterns } from './new-patterns.ts';
import { found, notFound, Problem } from './problem.ts';
import type * as shapes from './transformation-schemas.ts';
import type { ErrorCode } from '../domain/error-codes.ts';

/** @throws Problem 400 with each invalid pattern; 404; SyncError `unreadable` if a transformation takes too much time or memory */
export async function previewTransformations(
  deps: ApiDependencies,
  userId: string,
  body: z.infer<typeof shapes.previewRequest>,
  signal: AbortSignal,
): Promise<z.infer<typeof shapes.preview>> {
  const { stored, saved } = await asUser(deps.db, userId, async (trx) => {
    const document = found(await findPreviewDocument(trx, body), 'document');
    return { stored: document, saved: await findApplicable(trx, document.facts.sourceType) };
  });
  const drafts = body.transformations?.map(({ name, transformationType, config }) => ({
    name,
    type: transformationType,
    config,
  }));
  const rules = drafts?.map(({ type, config }, i) => ({ path: ['transformations', i, 'config'], type, config }));
  await requireNewPatterns(deps, { userId, signal }, rules ?? []);
  const preview = await deps.preview({ ...stored, transformations: drafts ?? saved.transformations }, signal, userId);
  return {
    ...preview,
    documentId: stored.documentId,
    isOriginal: stored.isOriginal,
    before: { ...preview.before, chunks: [...preview.before.chunks] },
    after: preview.after === null ? null : { ...preview.after, chunks: [...preview.after.chunks] },
    diff: preview.diff === null ? null : [...preview.diff],
  };
}

interface Started {
  readonly jobs: ReturnType<typeof serializeJob>[];
  readonly notStarted: { readonly dataSourceId: string; readonly code: ErrorCode; readonly message: string }[];
}

/**
 * Starts one job for each source with stale items. A source that cannot be processed now is listed with the reason; if
 * only that one was requested, the reason is thrown.
 * @throws Problem 404, 409
 */
export async function reprocess(
  deps: ApiDependencies,
  userId: string,
  { dataSourceId }: { readonly dataSourceId?: string | undefined },
): Promise<Started> {
  const stale = await asUser(deps.db, userId, async (trx) => {
    if (dataSourceId !== undefined && (await findDataSource(trx, dataSourceId)) === undefined)
      throw notFound('data source');
    return await countStale(trx, await findCurrentHashes(trx), deps.pipelineVersion);
  });
  const started: Started = { jobs: [], notStarted: [] };
  for (const source of stale) {
    if (dataSourceId !== undefined && source.dataSourceId !== dataSourceId) continue;
    try {
      started.jobs.push(await startOne(deps, userId, source));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 409 || dataSourceId !== undefined) throw error;
      started.notStarted.push({ dataSourceId: source.dataSourceId, code: error.code, message: error.message });
    }
  }
  return started;
}

async function startOne(deps: ApiDependencies, userId: string, { dataSourceId }: StaleSource) {
  const source = found(await asUser(deps.db, userId, (trx) => findDataSource(trx, dataSourceId)), 'data source');
  const job = await startJob(deps, {
    source,
    userId,
    jobType: 'manual',
    mode: 'reprocess',
    externalIds: null,
    dryRun: false,
    trigger: 'api',
    idempotencyKey: undefined,
  });
  return await serializeLive(deps, userId, job);
}
