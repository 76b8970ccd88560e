/** P4: what may be removed without asking. Both must be exceeded for a person to be asked. */
const shareWithoutAsking = 0.25;
const countWithoutAsking = 25;

/**
 * Would removing so many of the items known before look like a mistake? All of them always does, however few: an account that
 * is empty all of a sudden is more often a refusal that nobody recognised.
 * @param removals of items known before
 */
export function removalsNeedApproval(removals: number, known: number): boolean {
  if (removals > 0 && removals >= known) return true;
  return removals > countWithoutAsking && removals > known * shareWithoutAsking;
}
