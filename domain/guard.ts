/** P4: what may be swept without asking. Both must be exceeded for a person to be asked. */
const shareWithoutAsking = 0.25;
const countWithoutAsking = 25;

/** Would removing so many of the items known before look like a mistake? */
export function removalsNeedApproval(removals: number, known: number): boolean {
  return removals > countWithoutAsking && removals > known * shareWithoutAsking;
}
