/**
 * A source that misbehaves in every way of docs/pitfalls.md, as configured by a test. It has no account and no network.
 * If the engine survives this source, it survives any vendor.
 */

import { createHash } from 'node:crypto';
import { SyncError } from '../../../domain/errors.ts';
import type { Checkpoint, Content, Cursor, Entry, ItemRef, ListPage, Position } from '../../../domain/source.ts';
import type { Connector } from '../../../sources/connectors/connector.ts';

export interface HostileItem {
  readonly id: string;
  name: string;
  text: string;
  parent: string | null;
  /** Thrown by every fetch of this item. */
  fails?: SyncError | Error;
}

/** How it misbehaves. With all options off, it is a correct source with a change feed. */
export interface HostileManners {
  /** Every page repeats the last entry of the previous page, and shows its first entry twice (pitfall 5). */
  repeats: boolean;
  /** Every page is followed by an empty one with a cursor (pitfall 6). */
  emptyPages: boolean;
  /** The listing fails at this page with this error, this many times (pitfall 7). */
  failsAtPage: { readonly page: number; readonly error: SyncError; times: number } | null;
  /** The listing ends early and claims to be complete (pitfall 7). */
  endsAfter: number | null;
  /** The listing ends and says that it may be incomplete. */
  incomplete: boolean;
  /** A cursor is rejected once, in the middle of the listing. */
  losesCursorAtPage: number | null;
  /** Changes are reported newest first. */
  outOfOrder: boolean;
  /**
   * Folders that cannot be listed, with the error. A listing reports each as a gap; a listing of just that folder
   * throws.
   */
  refuses: Map<string, SyncError>;
  /** A listing ends and says that something is missing, but not what. */
  lacks: SyncError | null;
  /** Existing items that no listing shows; they can be looked up by id. */
  hides: Set<string>;
  /** Ids that the vendor refuses to look up, with the error. */
  refusesToDescribe: Map<string, SyncError>;
  /** How many ids can be looked up at a time to confirm missing items; null if look-ups are not supported. */
  lookUpBatchSize: number | null;
  /** The listing never ends. `page`: the same page, each time with another cursor; `cursor`: the same cursor; `feed`: only the feed. */
  endless: 'page' | 'cursor' | 'feed' | null;
  /** The listing starts with this many empty pages, each with its own cursor. */
  blankPages: number;
  /** The account's answer to the check of the sign-in. */
  checkFails: SyncError | null;
}

export class HostileSource {
  readonly items = new Map<string, HostileItem>();
  readonly folders = new Map<string, { name: string; parent: string | null }>();
  readonly #log: string[] = [];
  readonly fetched: string[] = [];
  pageSize = 3;
  maxItemBytes = 1024 * 1024;
  /** Positions in the log before this one are no longer known. */
  floor = 0;
  readonly manners: HostileManners = {
    repeats: false,
    emptyPages: false,
    failsAtPage: null,
    endsAfter: null,
    incomplete: false,
    losesCursorAtPage: null,
    outOfOrder: false,
    refuses: new Map(),
    lacks: null,
    hides: new Set(),
    refusesToDescribe: new Map(),
    lookUpBatchSize: null,
    endless: null,
    blankPages: 0,
    checkFails: null,
  };
  /** Number of listing calls. */
  listCalls = 0;
  /** Ids that were looked up, call by call. */
  readonly lookUps: (readonly string[])[] = [];
  /** Number of checks of the sign-in. */
  checks = 0;

  put(id: string, text: string, more: Partial<Omit<HostileItem, 'id' | 'text'>> = {}): void {
    this.items.set(id, { id, name: `${id}.md`, parent: null, ...more, text });
    this.#log.push(id);
  }

  remove(id: string): void {
    this.items.delete(id);
    this.#log.push(id);
  }

  addFolder(id: string, name: string, parent: string | null = null): void {
    this.folders.set(id, { name, parent });
    this.#log.push(id);
  }

  /** One deletion is reported, for the folder. */
  removeFolder(id: string): void {
    this.folders.delete(id);
    this.#log.push(id);
  }

  /** One change is reported, for the folder; none for its contents (pitfall 5). */
  moveFolder(id: string, parent: string | null): void {
    const folder = this.folders.get(id);
    if (folder !== undefined) folder.parent = parent;
    this.#log.push(id);
  }

  /** The refused folder that contains this one, if any, or the folder itself. */
  refusedAbove(id: string | null): string | null {
    for (let at = id, depth = 0; at !== null && depth < 50; depth++) {
      if (this.manners.refuses.has(at)) return at;
      at = this.items.get(at)?.parent ?? this.folders.get(at)?.parent ?? null;
    }
    return null;
  }

  /** What a listing shows for this id. */
  listedAs(id: string): Entry[] {
    if (this.manners.hides.has(id)) return [];
    const refused = this.refusedAbove(this.items.get(id)?.parent ?? this.folders.get(id)?.parent ?? null);
    if (refused !== null) return [];
    const why = this.manners.refuses.get(id);
    const entry = this.entryOf(id);
    if (why === undefined || entry.state !== 'container') return [entry];
    const { code, message, retryAfterMs = null } = why;
    return [entry, { state: 'gap', externalId: id, name: entry.name, code, message, retryAfterMs }];
  }

  get logLength(): number {
    return this.#log.length;
  }

  entryOf(id: string): Entry {
    const folder = this.folders.get(id);
    if (folder !== undefined)
      return { state: 'container', externalId: id, name: folder.name, parentExternalId: folder.parent };
    const item = this.items.get(id);
    return item === undefined ? { state: 'deleted', externalId: id } : { state: 'present', ...refOf(item) };
  }

  changedSince(from: number): string[] {
    const ids = this.#log.slice(from);
    return this.manners.outOfOrder ? ids.toReversed() : [...new Set(ids)];
  }
}

interface State {
  readonly ids: readonly string[];
  readonly at: number;
  readonly page: number;
  readonly full: boolean;
  /** For a container: whether it is listed completely. */
  readonly whole?: boolean;
  /** Length of the log before the listing began. */
  readonly position: number;
  readonly blank: boolean;
}

/**
 * The connector for a scripted source. It uses the `sourceType` of another source, because it is not in the registry.
 */
export function createHostileConnector(source: HostileSource): Connector {
  return {
    sourceType: 'google_drive',
    reportsDeletions: true,
    hasChangeFeed: true,
    maxPageSize: source.pageSize,
    ...(source.manners.lookUpBatchSize === null ? {} : { lookUpBatchSize: source.manners.lookUpBatchSize }),
    check: async (signal) => {
      signal.throwIfAborted();
      source.checks++;
      if (source.manners.checkFails !== null) throw source.manners.checkFails;
      return await Promise.resolve({ account: 'hostile' });
    },
    listPage: async (position, signal) => {
      signal.throwIfAborted();
      return await Promise.resolve(list(source, begin(source, position)));
    },
    fetch: async (ref, signal) => {
      signal.throwIfAborted();
      return await Promise.resolve(fetchItem(source, ref));
    },
    lookUp: async (ids) => {
      source.lookUps.push(ids);
      for (const id of ids) {
        const refusal = source.manners.refusesToDescribe.get(id);
        if (refusal !== undefined) throw refusal;
      }
      return await Promise.resolve(ids.map((id) => source.entryOf(id)));
    },
  };
}

function begin(source: HostileSource, position: Position): State {
  const start = { at: 0, page: 1, position: source.logLength, blank: false };
  switch (position.at) {
    case 'start':
      return { ...start, ids: [...source.folders.keys(), ...source.items.keys()], full: true };
    case 'checkpoint':
      return { ...start, ids: source.changedSince(readCheckpoint(source, position.checkpoint)), full: false };
    case 'container': {
      const refused = source.manners.refuses.get(source.refusedAbove(position.externalId) ?? '');
      if (refused !== undefined) throw refused;
      if (!source.folders.has(position.externalId)) throw new SyncError('not_found', { message: 'It is not there.' });
      return { ...start, ids: below(source, position.externalId), full: false, whole: true };
    }
    case 'cursor':
      return readCursor(source, position.cursor);
  }
}

function list(source: HostileSource, state: State): ListPage {
  const { manners } = source;
  source.listCalls++;
  if (manners.endless !== null && (manners.endless !== 'feed' || !state.full)) return endless(source, state);
  if (manners.blankPages-- > 0) {
    const cursor = JSON.stringify({ ...state, page: state.page + 1 }) as Cursor;
    return { entries: [], next: { more: true, cursor } };
  }
  const trouble = manners.failsAtPage;
  if (trouble !== null && trouble.page === state.page && trouble.times-- > 0) throw trouble.error;
  const end = state.full && manners.endsAfter !== null ? manners.endsAfter : state.ids.length;
  const isBlank = manners.emptyPages && !state.blank;
  const to = isBlank ? state.at : Math.min(state.at + source.pageSize, end);
  const from = manners.repeats ? Math.max(0, state.at - 1) : state.at;
  const entries = isBlank ? [] : state.ids.slice(from, to).flatMap((id) => source.listedAs(id));
  const [first] = entries;
  if (manners.repeats && first !== undefined) entries.push(first);
  if (to < end) {
    const cursor = JSON.stringify({ ...state, at: to, page: state.page + 1, blank: isBlank }) as Cursor;
    return { entries, next: { more: true, cursor } };
  }
  const { lacks } = manners;
  if (lacks !== null) {
    const { code, message } = lacks;
    entries.push({ state: 'gap', externalId: null, name: 'A part of it', code, message, retryAfterMs: null });
  }
  const checkpoint = JSON.stringify({ position: state.position }) as Checkpoint;
  return {
    entries,
    next: { more: false, checkpoint, complete: (state.full || state.whole === true) && !manners.incomplete },
  };
}

function endless(source: HostileSource, state: State): ListPage {
  const entries = state.ids.slice(0, 3).flatMap((id) => source.listedAs(id));
  const page = source.manners.endless === 'cursor' ? 1 : state.page + 1;
  return { entries, next: { more: true, cursor: JSON.stringify({ ...state, page }) as Cursor } };
}

function readCursor(source: HostileSource, cursor: Cursor): State {
  const state = JSON.parse(cursor) as State;
  if (source.manners.losesCursorAtPage === state.page) {
    source.manners.losesCursorAtPage = null;
    throw new SyncError('checkpoint_expired', { message: 'The listing was lost.' });
  }
  return state;
}

function readCheckpoint(source: HostileSource, checkpoint: Checkpoint): number {
  const position = /^\{"position":(\d+)\}$/.exec(checkpoint)?.[1];
  if (position === undefined || Number(position) < source.floor)
    throw new SyncError('checkpoint_expired', { message: 'The position is no longer known.' });
  return Number(position);
}

function below(source: HostileSource, folder: string): string[] {
  const folders = [...source.folders].filter(([, { parent }]) => parent === folder).map(([id]) => id);
  const items = [...source.items.values()].filter((item) => item.parent === folder).map((item) => item.id);
  return [...folders, ...items, ...folders.flatMap((id) => below(source, id))];
}

function fetchItem(source: HostileSource, ref: ItemRef): Content {
  source.fetched.push(ref.externalId);
  const item = source.items.get(ref.externalId);
  if (item === undefined) throw new SyncError('not_found', { message: 'It is no longer there.' });
  if (item.fails !== undefined) throw item.fails;
  const bytes = new TextEncoder().encode(item.text);
  if (bytes.byteLength > source.maxItemBytes) throw new SyncError('too_large', { message: 'It is too large.' });
  return { bytes, mimeType: 'text/markdown', fingerprint: refOf(item).fingerprint };
}

function refOf(item: HostileItem): ItemRef {
  return {
    externalId: item.id,
    itemType: 'file',
    name: item.name,
    parentExternalId: item.parent,
    mimeType: 'text/markdown',
    // A wrong size, as for native documents: nothing may rely on it as a limit.
    size: 1,
    modifiedAt: '2001-01-01T00:00:00.000Z',
    fingerprint: { kind: 'etag', value: createHash('sha256').update(item.text).digest('hex') },
    webUrl: null,
  };
}
