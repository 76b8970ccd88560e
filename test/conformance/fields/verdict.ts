/** What a damaged answer may cause, and what it must never cause. */

import { isSyncError } from '../../../domain/errors.ts';
import type { Entry, Gap } from '../../../domain/source.ts';
import type { Fetched, Listing } from './stages.ts';

type Living = Extract<Entry, { state: 'present' | 'container' }>;

/** The result of one damaged field or answer, from harmless to worst. */
export const outcomes = ['ignored', 'item', 'container gap', 'answer refused'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Rules {
  /** One item's field was damaged, so nothing may be refused as a whole, and no other item may be affected. */
  readonly isOneItem: boolean;
  /** A whole answer was replaced, so no part of it may be used as content. */
  readonly isWhole: boolean;
  /**
   * An answer without a next page looks like the last one, so this cannot be detected. Missing items are confirmed with
   * `lookUp`.
   */
  readonly mayEndEarly: boolean;
}

/** What exists at the source, and in which containers. */
export class Truth {
  readonly living: ReadonlyMap<string, Living>;
  readonly #parents = new Map<string, string | null>();

  /** @param before what existed before, so that the location of deleted items is known */
  constructor(before: Listing, now: Listing) {
    for (const { entries } of [before, now])
      for (const entry of entries.values())
        if (entry.state !== 'deleted') this.#parents.set(entry.externalId, entry.parentExternalId);
    this.living = new Map([...now.entries].flatMap(([id, entry]) => (entry.state === 'deleted' ? [] : [[id, entry]])));
  }

  get items(): Extract<Living, { state: 'present' }>[] {
    return [...this.living.values()].filter((entry) => entry.state === 'present');
  }

  get containers(): string[] {
    return [...this.living.values()].filter(({ state }) => state === 'container').map(({ externalId }) => externalId);
  }

  /** The item and all its containers. */
  lineOf(id: string): string[] {
    const line: string[] = [];
    for (let at: string | null = id; at !== null && !line.includes(at); at = this.#parents.get(at) ?? null)
      line.push(at);
    return line;
  }

  pathOf({ externalId, name, ...entry }: Living): string {
    if ('path' in entry && entry.path !== undefined) return entry.path;
    const above = this.lineOf(externalId).slice(1);
    return [...above.map((id) => this.living.get(id)?.name ?? id).toReversed(), name].join('/');
  }

  /** A gap covers an item by its id, by that of a container, or by its path if the source has no containers. */
  isCovered(id: string, gaps: readonly Pick<Gap, 'externalId'>[]): boolean {
    const line = this.lineOf(id);
    const item = this.living.get(id);
    const path = item !== undefined && 'path' in item ? `/${item.path}/`.toLowerCase() : '';
    return gaps.some(
      ({ externalId }) => externalId === null || line.includes(externalId) || path.startsWith(`${externalId}/`),
    );
  }
}

/** Existing items that were reported as deleted, which must never happen. */
export function falselyDeleted(truth: Truth, found: Listing): string[] {
  return truth.items.flatMap((item) => {
    const { externalId } = item;
    const line = truth.lineOf(externalId);
    if (line.some((id) => found.entries.get(id)?.state === 'deleted'))
      return [`${externalId} lives and is said to be gone`];
    const isShown = found.entries.get(externalId)?.state === 'present';
    if (isShown || truth.isCovered(externalId, found.gaps)) return [];
    const path = truth.pathOf(item).toLowerCase();
    if (
      found.deletedPaths.some(
        (deleted) => path === deleted.toLowerCase() || path.startsWith(`${deleted.toLowerCase()}/`),
      )
    )
      return [`${externalId} lives and its path is said to be gone`];
    if (line.slice(1).some((id) => found.allListed.has(id)))
      return [`${externalId} is missing in a container that is said to be listed whole`];
    return [];
  });
}

/**
 * Items that a listing which claims to be complete does not show, and that no gap covers. @param within restricts it to
 * one container
 */
export function missing(truth: Truth, found: Listing, within?: string): string[] {
  if (!found.complete) return [];
  return truth.items
    .filter(({ externalId }) => within === undefined || truth.lineOf(externalId).slice(1).includes(within))
    .filter(({ externalId }) => found.entries.get(externalId)?.state !== 'present')
    .filter(({ externalId }) => !truth.isCovered(externalId, found.gaps))
    .map(({ externalId }) => `${externalId} is missing in a complete listing and no gap covers it`);
}

/** Ids of items that are shown incorrectly. */
export function harmed(truth: Truth, expected: Listing, found: Listing): string[] {
  return [...expected.entries.values()]
    .filter((entry) => facts(found.entries.get(entry.externalId)) !== facts(entry))
    .map(({ externalId }) => externalId)
    .filter((id) => truth.living.has(id));
}

function facts(entry: Entry | undefined): string {
  if (entry === undefined || !('name' in entry) || entry.state === 'gap') return String(entry?.state);
  const { fetchHints: _differs, ...rest } = { fetchHints: undefined, ...entry };
  return JSON.stringify(rest);
}

/** Whether all harm is within one item, or within a named gap. */
export function isWithinOne(truth: Truth, ids: readonly string[], gaps: readonly Gap[]): boolean {
  if (ids.length <= 1) return true;
  const candidates = [...ids, ...gaps.flatMap(({ externalId }) => externalId ?? [])];
  return candidates.some((candidate) => ids.every((id) => truth.lineOf(id).includes(candidate)));
}

/** Changes that the normal feed reported and that neither this one nor the next run from its position reports. */
export function lostChanges(truth: Truth, expected: Listing, reported: readonly Listing[]): string[] {
  const gaps = reported.flatMap((listing) => listing.gaps);
  const isReported = ({ externalId, state }: Living | Extract<Entry, { state: 'deleted' }>): boolean =>
    reported.some(({ entries }) => {
      const found = entries.get(externalId);
      return found !== undefined && (found.state === 'deleted') === (state === 'deleted');
    });
  const lost = [...expected.entries.values()].filter(
    (entry) => !isReported(entry) && !truth.isCovered(entry.externalId, gaps),
  );
  const paths = expected.deletedPaths.filter(
    (path) => !reported.some(({ deletedPaths }) => deletedPaths.includes(path)),
  );
  const isExcused = gaps.length > 0;
  return [
    ...lost.map(({ externalId, state }) => `${externalId} (${state}) is lost: the position has passed it`),
    ...(isExcused ? [] : paths.map((path) => `the deletion of ${path} is lost: the position has passed it`)),
  ];
}

/** A refusal must be retried later, and must not affect others. */
export function checkRefusal(error: unknown, { isOneItem }: Rules): string[] {
  if (!isSyncError(error)) return [`threw no SyncError but ${String(error)}`];
  if (error.kind !== 'unavailable') return [`threw ${error.kind} (${error.code}), whose remedy is ${error.remedy}`];
  return isOneItem ? [`one item's field refused everything: ${error.operatorMessage}`] : [];
}

export function checkFetches(
  expected: Fetched,
  found: Fetched,
  { isOneItem, isWhole }: Rules,
): { readonly harmed: string[]; readonly failures: string[] } {
  const changed = [...expected].filter(([id, digest]) => found.get(id) !== digest);
  const failures = changed.flatMap(([id]) => {
    const result = found.get(id);
    if (typeof result === 'string') return isWhole ? [`${id} was read from an answer that is none`] : [];
    const error = result?.error;
    if (!isSyncError(error)) return [`${id}: threw no SyncError but ${String(error)}`];
    const isItems = error.scope === 'item' || error.remedy === 'skip_item' || error.kind === 'unavailable';
    if (!isItems) return [`${id}: threw ${error.kind}, whose remedy is ${error.remedy}`];
    const isTriedAgain = error.remedy === 'retry' || error.remedy === 'retry_item';
    return isWhole && !isTriedAgain ? [`${id}: settled as ${error.kind} by an answer that is none`] : [];
  });
  const tooMany = isOneItem && changed.length > 1 ? [`${changed.length} items were harmed by one item's field`] : [];
  return { harmed: changed.map(([id]) => id), failures: [...failures, ...tooMany] };
}
