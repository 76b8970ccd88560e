/**
 * Reciprocal rank fusion: combines results of searches with incomparable scores by their ranks (Cormack and others,
 * 2009).
 */

/**
 * Reduces the effect of the first ranks. With the paper's value of 60, a document that is mediocre in both lists passes
 * the best of one; measured in docs/search.md.
 */
const k = 10;

export interface Ranking {
  /** Best first. */
  readonly ids: readonly string[];
  /** The weight of a rank in this list, relative to the same rank in another. */
  readonly weight: number;
}

/** @returns every id once with its fused score, best first; of equal scores the one from the earlier list */
export function fuse(rankings: readonly Ranking[]): { readonly id: string; readonly score: number }[] {
  const scores = new Map<string, number>();
  for (const { ids, weight } of rankings)
    ids.forEach((id, rank) => scores.set(id, (scores.get(id) ?? 0) + weight / (k + rank + 1)));
  return [...scores].map(([id, score]) => ({ id, score })).toSorted((a, b) => b.score - a.score);
}
