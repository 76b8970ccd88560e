/** P4: the limits up to which items are removed without approval. A person is asked only if both are exceeded. */
const shareWithoutAsking = 0.25;
const countWithoutAsking = 25;

/**
 * Would removing this many of the known items look like a mistake? Removing all of them always does, however few: an
 * account that is suddenly empty is usually an unrecognized refusal.
 * @param removals number of known items to remove
 */
export function removalsNeedApproval(removals: number, known: number): boolean {
  if (removals > 0 && removals >= known) return true;
  return removals > countWithoutAsking && removals > known * shareWithoutAsking;
}
