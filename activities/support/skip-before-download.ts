import type { Applicable } from '../../db/documents/transformations.ts';
import { findBatchItems, type ItemProblem, type LedgerItem, recordProblems } from '../../db/jobs/ledger.ts';
import type { SyncSource } from '../../db/jobs/job-lifecycle.ts';
import { useOriginals } from '../../db/documents/originals.ts';
import { isSyncError } from '../../domain/errors.ts';
import { type Exclusion, type ItemFacts, transformationCodes } from '../../domain/transformations.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withJobLease } from './step.ts';
import type { BatchRef } from '../../domain/contract.ts';

/**
 * What need not be fetched: items that a filter leaves out by their facts alone, and items to be re-processed whose text as
 * it was read is here. Both are recorded. @returns the items that are left to fetch
 */
export async function recordSkips(
  deps: ActivityDependencies,
  ref: BatchRef,
  source: SyncSource,
  applicable: Applicable,
  items: readonly LedgerItem[],
  signal: AbortSignal,
): Promise<readonly LedgerItem[]> {
  const left = items.filter((item) => item.action !== 'skip');
  const hasFilter = applicable.transformations.some(({ type }) => type === 'filter');
  if (!hasFilter && !left.some((item) => item.action === 'reprocess')) return left;
  const exclusions = hasFilter ? await judge(deps, source, applicable, left, signal) : [];
  const problems = left.flatMap((item, i) => problemOf(item, exclusions[i] ?? null, applicable));
  return await withJobLease(deps, ref, async (trx) => {
    await recordProblems(trx, ref, problems);
    await useOriginals(trx, ref, deps.pipelineVersion);
    return (await findBatchItems(trx, ref, 'planned')).filter((item) => item.action !== 'skip');
  });
}

/** A filter that takes too long here costs nobody else's item: each is then judged by itself, with its text. */
async function judge(
  deps: ActivityDependencies,
  source: SyncSource,
  { transformations }: Applicable,
  items: readonly LedgerItem[],
  signal: AbortSignal,
): Promise<readonly (Exclusion | null)[]> {
  try {
    return await deps.judge(
      { items: items.map((item) => factsOf(item, source)), transformations },
      signal,
      source.userId,
    );
  } catch (error) {
    if (isSyncError(error) && error.remedy === 'skip_item') return [];
    throw error;
  }
}

/** Left out until the item or the transformations change. */
export function problemOf(item: LedgerItem, exclusion: Exclusion | null, { hash }: Applicable): ItemProblem[] {
  if (exclusion === null) return [];
  const { externalId } = item.ref;
  const { message } = exclusion;
  return [{ externalId, outcome: 'skipped', code: transformationCodes.excluded, message, transformationsHash: hash }];
}

/** What transformations are told of an item. */
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
