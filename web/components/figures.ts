/** Daily figures of the API made into points: a point for each day, whether something happened on it or not. */

import type { SourceDay, Statistics } from '../api/types.ts';
import type { Point, Series } from './chart.tsx';

const dayLabel = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const monthLabel = new Intl.DateTimeFormat(undefined, { month: 'short', year: '2-digit', timeZone: 'UTC' });

/** Colors that can be distinguished in both schemes, also by color-blind people. */
const palette = ['teal.6', 'blue.5', 'grape.5', 'orange.5', 'cyan.4', 'pink.4', 'lime.6', 'indigo.4'];
/** Maximum number of series; further sources share one, because more colors could not be distinguished. */
const maxSeries = palette.length;
export const otherSources = 'other';

export interface NamedSource {
  readonly id: string;
  readonly name: string;
}

/** A series for each source that has figures, the rest as “Other sources”. */
export function sourceSeries(sources: readonly NamedSource[]): Series[] {
  const shown = sources.length > maxSeries ? sources.slice(0, maxSeries - 1) : sources;
  const series = shown.map(({ id, name }, index) => ({ key: id, label: name, color: palette[index] ?? 'gray.5' }));
  return sources.length > maxSeries
    ? [...series, { key: otherSources, label: 'Other sources', color: 'gray.5' }]
    : series;
}

type Level = 'documents' | 'items' | 'chunks';

/** A level by source and day: a day without a sync keeps the level of the day before. */
export function levelPoints(stats: Statistics, series: readonly Series[], level: Level): Point[] {
  const current = new Map(stats.before.map((row) => [row.dataSourceId, row[level]]));
  const byDay = Map.groupBy(stats.days, (row) => row.day);
  return daysOf(stats).map((day) => {
    for (const row of byDay.get(day) ?? []) current.set(row.dataSourceId, row[level]);
    return { label: dayLabel.format(new Date(day)), values: bySeries([...current], series) };
  });
}

/** A sum over all sources for each day. */
export function dailyPoints(stats: Statistics, valuesOf: (rows: readonly SourceDay[]) => Point['values']): Point[] {
  const byDay = Map.groupBy(stats.days, (row) => row.day);
  return daysOf(stats).map((day) => ({
    label: dayLabel.format(new Date(day)),
    values: valuesOf(byDay.get(day) ?? []),
  }));
}

export function monthPoints(stats: Statistics, series: readonly Series[], what: 'tokens' | 'dollars'): Point[] {
  const byMonth = Map.groupBy(stats.months, (row) => row.month);
  const last = new Date(stats.to);
  return Array.from({ length: 12 }, (_, index) => {
    const month = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() - 11 + index, 1));
    const rows = byMonth.get(month.toISOString().slice(0, 7)) ?? [];
    return {
      label: monthLabel.format(month),
      values: bySeries(
        rows.map((row) => [row.dataSourceId, row[what]]),
        series,
      ),
    };
  });
}

export function sum(rows: readonly SourceDay[], valueOf: (row: SourceDay) => number): number {
  return rows.reduce((total, row) => total + valueOf(row), 0);
}

function bySeries(rows: readonly (readonly [string, number])[], series: readonly Series[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [id, value] of rows) {
    const key = series.some((one) => one.key === id) ? id : otherSources;
    values[key] = (values[key] ?? 0) + value;
  }
  return values;
}

function daysOf({ from, to }: Statistics): string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(from) + index * 86_400_000).toISOString().slice(0, 10),
  );
}
