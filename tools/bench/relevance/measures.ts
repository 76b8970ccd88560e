/**
 * Measures the quality of a ranking by graded judgments (3 answers the question, 2 helps, 1 is related; absent is 0).
 */

export type Judgements = Readonly<Record<string, number>>;

/** Normalized discounted cumulative gain of the first `depth` answers: 1 is the best possible order. */
export function ndcg(ranking: readonly string[], relevant: Judgements, depth: number): number {
  const gains = ranking.slice(0, depth).map((id) => relevant[id] ?? 0);
  const ideal = Object.values(relevant)
    .toSorted((a, b) => b - a)
    .slice(0, depth);
  return discounted(gains) / discounted(ideal);
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, rank) => sum + (2 ** gain - 1) / Math.log2(rank + 2), 0);
}

/** The share of relevant documents (of any grade) among the first `depth` answers. */
export function recall(ranking: readonly string[], relevant: Judgements, depth: number): number {
  const first = new Set(ranking.slice(0, depth));
  const ids = Object.keys(relevant);
  return ids.filter((id) => first.has(id)).length / ids.length;
}

/** The value below which this share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
