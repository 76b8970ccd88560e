export interface Tally {
  count(what: string, by?: number): void;
  /** A one-line summary of the progress. */
  line(): string;
  report(): string;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const from = Date.now();
  const minutes = (): string => ((Date.now() - from) / 60_000).toFixed(1);
  const lines = (): string[] =>
    [...counts].toSorted(([a], [b]) => a.localeCompare(b)).map(([what, n]) => `${what}: ${n}`);
  return {
    count: (what, by = 1) => void counts.set(what, (counts.get(what) ?? 0) + by),
    line: () => `${minutes()} min  ${lines().join(', ')}`,
    report: () => [`after ${minutes()} minutes`, ...lines()].join('\n'),
  };
}
