/** What a sync does with a connector, stage by stage, and the results. */

import { createHash } from 'node:crypto';
import type { Connector } from '../../../sources/connectors/connector.ts';
import type { Checkpoint, Entry, Gap, ItemRef, Position } from '../../../domain/source.ts';

export const stages = ['check', 'full listing', 'feed', 'look-up', 'fetch', 'container listing'] as const;
export type Stage = (typeof stages)[number];

type PresentEntry = Extract<Entry, { state: 'present' | 'container' }>;

export interface Listing {
  /** What a listing finally says about each item; the last occurrence counts. */
  readonly entries: ReadonlyMap<string, PresentEntry | Extract<Entry, { state: 'deleted' }>>;
  readonly deletedPaths: readonly string[];
  readonly allListed: ReadonlySet<string>;
  readonly gaps: readonly Gap[];
  readonly checkpoint: Checkpoint | null;
  readonly complete: boolean;
}

const calm = new AbortController().signal;
/** No listing in a test has this many pages, so one that does is endless. */
const maxPages = 200;

/** @throws the connector's error */
export async function list(connector: Connector, from: Position): Promise<Listing> {
  const seen: Entry[] = [];
  let position = from;
  for (let page = 0; page < maxPages; page++) {
    const { entries, next } = await connector.listPage(position, calm);
    seen.push(...entries);
    if (!next.more) return { ...sorted(seen), checkpoint: next.checkpoint, complete: next.complete };
    position = { at: 'cursor', cursor: next.cursor };
  }
  throw new Error(`the listing does not end: ${maxPages} pages`);
}

export async function lookUp(connector: Connector, ids: readonly string[]): Promise<Listing> {
  return { ...sorted(await connector.lookUp(ids, calm)), checkpoint: null, complete: false };
}

function sorted(seen: readonly Entry[]): Omit<Listing, 'checkpoint' | 'complete'> {
  const entries = new Map<string, PresentEntry | Extract<Entry, { state: 'deleted' }>>();
  const deletedPaths: string[] = [];
  const allListed = new Set<string>();
  const gaps: Gap[] = [];
  for (const entry of seen) {
    if (entry.state === 'gap') gaps.push(entry);
    else if (entry.state === 'deleted_path') deletedPaths.push(entry.path);
    else if (entry.state === 'all_listed') allListed.add(entry.externalId);
    else entries.set(entry.externalId, entry);
  }
  return { entries, deletedPaths, allListed, gaps };
}

/** By id: a digest of the bytes, or the error of `fetch`. */
export type Fetched = ReadonlyMap<string, string | { readonly error: unknown }>;

export async function fetchAll(connector: Connector, items: readonly ItemRef[]): Promise<Fetched> {
  const fetched = new Map<string, string | { readonly error: unknown }>();
  for (const item of items) {
    try {
      const { bytes } = await connector.fetch(item, calm);
      fetched.set(item.externalId, createHash('sha256').update(bytes).digest('hex'));
    } catch (error) {
      fetched.set(item.externalId, { error });
    }
  }
  return fetched;
}

export async function check(connector: Connector): Promise<string> {
  return (await connector.check(calm)).account;
}
