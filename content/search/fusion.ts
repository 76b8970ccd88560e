/** Reciprocal rank fusion: results of searches whose scores do not compare, by their ranks (Cormack and others, 2009). */

/** Softens the first ranks. The paper's 60 lets a document that is middling in both lists pass the best of one; measured in docs/search.md. */
const k = 10;

export interface Ranking {
  /** Best first. */
  readonly ids: readonly string[];
  /** What a rank of this list counts beside the same rank of another. */
  readonly weight: number;
}

/** @returns every id once with its fused score, best first; of equals the one from the earlier list */
export function fuse(rankings: readonly Ranking[]): { readonly id: string; readonly score: number }[] {
  const scores = new Map<string, number>();
  for (const { ids, weight } of rankings)
    ids.forEach((id, rank) => scores.set(id, (scores.get(id) ?? 0) + weight / (k + rank + 1)));
  return [...scores].map(([id, score]) => ({ id, score })).toSorted((a, b) => b.score - a.score);
}
