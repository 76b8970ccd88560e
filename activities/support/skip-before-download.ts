import type { Applicable } from '../../db/documents/transformations.ts';
import { findBatchItems, type ItemProblem, type LedgerItem, recordProblems } from '../../db/jobs/ledger.ts';
import type { SyncSource } from '../../db/jobs/job-lifecycle.ts';
import { useOriginals } from '../../db/documents/originals.ts';
import { isSyncError } from '../../domain/errors.ts';
import { type Exclusion, type ItemFacts, transformationCodes } from '../../domain/transformations.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { ActivityContext } from './activity.ts';
import type { BatchRef } from '../../domain/contract.ts';

/**
 * Completes items that need no download: those that a filter excludes by their facts alone, and those to be processed
 * again whose original text is stored. @returns the items that still have to be fetched
 */
export async function recordSkips(
  deps: ActivityDependencies,
  ref: BatchRef,
  source: SyncSource,
  applicable: Applicable,
  items: readonly LedgerItem[],
  { withJobLease, signal }: ActivityContext,
): Promise<readonly LedgerItem[]> {
  const left = items.filter((item) => item.action !== 'skip');
  const hasFilter = applicable.transformations.some(({ type }) => type === 'filter');
  if (!hasFilter && !left.some((item) => item.action === 'reprocess')) return left;
  const exclusions = hasFilter ? await applyFilters(deps, source, applicable, left, signal) : [];
  const problems = left.flatMap((item, i) => problemOf(item, exclusions[i] ?? null, applicable));
  return await withJobLease(async (trx) => {
    await recordProblems(trx, ref, problems);
    await useOriginals(trx, ref, deps.pipelineVersion);
    return (await findBatchItems(trx, ref, 'planned')).filter((item) => item.action !== 'skip');
  });
}

/** If a filter takes too long here, no other item suffers: each is then filtered individually, with its text. */
async function applyFilters(
  deps: ActivityDependencies,
  source: SyncSource,
  { transformations }: Applicable,
  items: readonly LedgerItem[],
  signal: AbortSignal,
): Promise<readonly (Exclusion | null)[]> {
  try {
    return await deps.applyFilters(
      { items: items.map((item) => factsOf(item, source)), transformations },
      signal,
      source.userId,
    );
  } catch (error) {
    if (isSyncError(error) && error.remedy === 'skip_item') return [];
    throw error;
  }
}

/** The item is skipped until it or the transformations change. */
export function problemOf(item: LedgerItem, exclusion: Exclusion | null, { hash }: Applicable): ItemProblem[] {
  if (exclusion === null) return [];
  const { externalId } = item.ref;
  const { message } = exclusion;
  return [{ externalId, outcome: 'skipped', code: transformationCodes.excluded, message, transformationsHash: hash }];
}

/** The facts about an item that transformations receive. */
export function factsOf({ ref, path, contentMimeType }: LedgerItem, { sourceType }: SyncSource): ItemFacts {
  return {
    sourceType,
    itemType: ref.itemType,
    name: ref.name,
    path,
    mimeType: ref.mimeType ?? contentMimeType,
    size: ref.size,
    modifiedAt: ref.modifiedAt,
  };
}
