/** What a damaged answer may do, and what it must never do. */

import { isSyncError } from '../../../domain/errors.ts';
import type { Entry, Gap } from '../../../domain/source.ts';
import type { Fetched, Listing } from './stages.ts';

type Living = Extract<Entry, { state: 'present' | 'container' }>;

/** What came of one damaged field or answer, from harmless to worst. */
export const outcomes = ['ignored', 'item', 'container gap', 'answer refused'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Rules {
  /** One item's field was damaged: nothing is refused as a whole, and no other item is harmed. */
  readonly isOneItem: boolean;
  /** A whole answer was replaced: no part of it may be taken for content. */
  readonly isWhole: boolean;
  /** Nobody can tell: an answer without a next page is the last one. What a listing missed is confirmed by `lookUp`. */
  readonly mayEndEarly: boolean;
}

/** What lives at the source, and what lies in what. */
export class Truth {
  readonly living: ReadonlyMap<string, Living>;
  readonly #parents = new Map<string, string | null>();

  /** @param before what lived there before, too: where things lay that are gone */
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

  /** The thing itself and all that it lies in. */
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

  isCovered(id: string, gaps: readonly Gap[]): boolean {
    const line = this.lineOf(id);
    return gaps.some(({ externalId }) => externalId === null || line.includes(externalId));
  }
}

/** Whatever was listed: nothing that lives is said to be gone. */
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

/** What a listing that calls itself complete does not show, and no gap covers. @param within of one container */
export function missing(truth: Truth, found: Listing, within?: string): string[] {
  if (!found.complete) return [];
  return truth.items
    .filter(({ externalId }) => within === undefined || truth.lineOf(externalId).slice(1).includes(within))
    .filter(({ externalId }) => found.entries.get(externalId)?.state !== 'present')
    .filter(({ externalId }) => !truth.isCovered(externalId, found.gaps))
    .map(({ externalId }) => `${externalId} is missing in a complete listing and no gap covers it`);
}

/** Ids of what is not shown as it is. */
export function harmed(truth: Truth, expected: Listing, found: Listing): string[] {
  return [...expected.entries.values()]
    .filter((entry) => facts(found.entries.get(entry.externalId)) !== facts(entry))
    .map(({ externalId }) => externalId)
    .filter((id) => truth.living.has(id));
}

function facts(entry: Entry | undefined): string {
  if (entry === undefined || !('name' in entry) || entry.state === 'gap') return String(entry?.state);
  const { hints: _differs, ...rest } = { hints: undefined, ...entry };
  return JSON.stringify(rest);
}

/** Is all harm within one thing, or within what a gap names? */
export function isWithinOne(truth: Truth, ids: readonly string[], gaps: readonly Gap[]): boolean {
  if (ids.length <= 1) return true;
  const candidates = [...ids, ...gaps.flatMap(({ externalId }) => externalId ?? [])];
  return candidates.some((candidate) => ids.every((id) => truth.lineOf(id).includes(candidate)));
}

/** What the feed told before and neither it nor the next run from its position tells now. */
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

/** A refusal must be one that is tried again, and nobody else's. */
export function judgeRefusal(error: unknown, { isOneItem }: Rules): string[] {
  if (!isSyncError(error)) return [`threw no SyncError but ${String(error)}`];
  if (error.kind !== 'unavailable') return [`threw ${error.kind} (${error.code}), whose remedy is ${error.remedy}`];
  return isOneItem ? [`one item's field refused everything: ${error.operatorMessage}`] : [];
}

export function judgeFetches(
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
