import { RE2JS } from 're2js';
import { detect } from 'tinyld';
import type { ItemFacts } from '../../domain/transformations.ts';
import type { ConfigOf } from './configs.ts';
import { globToPattern } from '../../domain/path-globs.ts';
import { compilePattern } from './patterns.ts';

type Filter = ConfigOf<'filter'>;

const dayMs = 24 * 60 * 60 * 1000;
/** Number of characters used to detect the language. */
const sampleLength = 5000;

/**
 * Explains why a filter excludes an item, or null. Without a text (before anything is fetched), only conditions on
 * facts are evaluated.
 * @returns the condition, as a part of a sentence
 */
export function reasonToExclude(filter: Filter, facts: ItemFacts, text: string | null): string | null {
  const points = pointsOf(filter, facts, text);
  const missed = points.find((point) => point.met === false);
  if (filter.action === 'include') return missed?.name ?? null;
  const isUnsure = points.some((point) => point.met === null);
  return missed === undefined && !isUnsure ? points.map((point) => point.name).join(' and ') : null;
}

interface Point {
  readonly name: string;
  /** Null if it cannot be decided yet. */
  readonly met: boolean | null;
}

function pointsOf(filter: Filter, facts: ItemFacts, text: string | null): Point[] {
  const { paths, mimeTypes, minBytes, maxBytes, olderThanDays, newerThanDays, languages, pattern } = filter;
  const age = facts.modifiedAt === null ? null : (Date.now() - Date.parse(facts.modifiedAt)) / dayMs;
  const point = <T>(name: string, wanted: T | undefined, test: (value: T) => boolean | null): Point[] =>
    wanted === undefined ? [] : [{ name, met: test(wanted) }];
  // A fact that the vendor does not state meets no limit.
  return [
    ...point('path', paths, (globs) => globs.some((glob) => isUnder(facts.path, glob))),
    ...point('type', mimeTypes, (types) => types.some((type) => isOfType(facts.mimeType, type))),
    ...point('size', minBytes, (min) => facts.size !== null && facts.size >= min),
    ...point('size', maxBytes, (max) => facts.size !== null && facts.size <= max),
    ...point('age', olderThanDays, (days) => age !== null && age > days),
    ...point('age', newerThanDays, (days) => age !== null && age <= days),
    ...point('language', languages, (codes) =>
      text === null ? null : codes.includes(detect(text.slice(0, sampleLength))),
    ),
    ...point('pattern', pattern, (expression) => (text === null ? null : compilePattern(expression).test(text))),
  ];
}

function isUnder(path: string, glob: string): boolean {
  return compilePattern(globToPattern(glob), RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL).test(path);
}

function isOfType(mimeType: string | null, wanted: string): boolean {
  const type = (mimeType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const pattern = wanted.toLowerCase();
  return pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
