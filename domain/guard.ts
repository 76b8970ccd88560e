/** P4: the limits up to which items are removed without approval. A person is asked only if both are exceeded. */
const shareWithoutAsking = 0.25;
const countWithoutAsking = 25;

export interface RemovalCounts {
  /** Known items to remove, without those that aged. */
  readonly losses: number;
  /** Items that are past the retention of the source's config, by their stored times. */
  readonly aged: number;
  readonly known: number;
}

/**
 * Whether a person has to approve these removals: if they look like a mistake, or if the config was changed and may
 * select something else than its owner thinks.
 */
export function mustApprove({ losses, aged, known }: RemovalCounts, configChanged: boolean): boolean {
  return removalsNeedApproval(losses, known) || (configChanged && losses + aged > 0);
}

/**
 * Whether removing this many of the known items looks like a mistake. Removing all of them always does, however few: an
 * account that is suddenly empty is usually an unrecognized refusal.
 * @param removals number of known items to remove
 */
export function removalsNeedApproval(removals: number, known: number): boolean {
  if (removals > 0 && removals >= known) return true;
  return removals > countWithoutAsking && removals > known * shareWithoutAsking;
}
