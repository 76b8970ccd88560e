/** Reciprocal rank fusion: results of searches whose scores do not compare, by their ranks (Cormack and others, 2009). */

/** Softens the first ranks; 60 is the paper's value and everybody's. */
const k = 60;

/** @param lists ids, best first. @returns every id once with its fused score, best first; of equals the one from the earlier list */
export function fuse(lists: readonly (readonly string[])[]): { readonly id: string; readonly score: number }[] {
  const scores = new Map<string, number>();
  for (const list of lists) list.forEach((id, rank) => scores.set(id, (scores.get(id) ?? 0) + 1 / (k + rank + 1)));
  return [...scores].map(([id, score]) => ({ id, score })).toSorted((a, b) => b.score - a.score);
}
