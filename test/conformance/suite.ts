/** What every connector must do, whatever its vendor: the contract of `sources/connectors/connector.ts`, and pitfalls 1 to 9, 12 to 15, 22 and 29 of docs/pitfalls.md. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Connector } from '../../sources/connectors/connector.ts';
import { isSyncError } from '../../domain/errors.ts';
import type { Checkpoint, Cursor, Entry, ItemRef, ListPage, Position } from '../../domain/source.ts';

/** A source with one account that a test can change, and its connector. Each test gets a new one. */
export interface Subject extends AsyncDisposable {
  readonly connector: Connector;
  /** The limit for reading, in bytes. */
  readonly maxItemBytes: number;
  /** @returns the item's id at the source */
  add(name: string, content: string): Promise<string>;
  /** If the vendor does not allow edits of an item (a mail), makes any other change that creates a new version. */
  update(id: string, content: string): Promise<void>;
  remove(id: string): Promise<void>;
  /**
   * Extracts what a person wrote from the fetched bytes. Without it, the bytes are compared directly; a mail has an
   * envelope that the content passed to `add` does not have.
   */
  readonly textOf?: (bytes: Uint8Array) => Promise<string>;
  /** Makes the saved position unknown. Null if a position cannot be lost. */
  readonly expirePositions: (() => Promise<void>) | null;
  /** Calls that would have changed something at the vendor. */
  mutatingCalls(): number;
}

export interface SubjectKind {
  readonly name: string;
  open(): Promise<Subject>;
  /** From this many items on, listings have more than one page. */
  readonly manyItems: number;
  /** Whether the vendor reports a deleted path instead of an id. */
  readonly announcesPaths?: boolean;
}

const calm = new AbortController().signal;

export function describeConformance(kind: SubjectKind): void {
  describe(`${kind.name} keeps the contract of a connector`, () => {
    let subject: Subject;
    beforeEach(async () => {
      await subject?.[Symbol.asyncDispose]();
      subject = await kind.open();
    });
    afterAll(async () => await subject?.[Symbol.asyncDispose]());
    beforeAll(() => expect(kind.manyItems).toBeGreaterThan(0));

    test('names the account it reads', async () => {
      expect((await subject.connector.check(calm)).account).not.toBe('');
    });

    test('an empty source is a complete listing of nothing', async () => {
      const listing = await walk(subject.connector, { at: 'start' });
      expect(listing.items).toEqual([]);
      expect(listing.end).toMatchObject({ more: false, complete: true });
    });

    test('lists every item, with a name, a fingerprint and what is needed to fetch it', async () => {
      const names = ['a.md', 'Größe & Ñandú.md', '日本語 のメモ.md', "it's \\ 100 %.md", ' leading space.md'];
      for (const name of names) await subject.add(name, `text of ${name}`);
      const { items } = await walk(subject.connector, { at: 'start' });
      expect(items.map((item) => item.name).toSorted()).toEqual(names.toSorted());
      for (const item of items) {
        expect(item.fingerprint.value).not.toBe('');
        const { bytes } = await subject.connector.fetch(asKept(item), calm);
        const text = (await subject.textOf?.(bytes)) ?? new TextDecoder().decode(bytes);
        expect(text).toBe(`text of ${item.name}`);
      }
    });

    test('a listing of several pages shows each item, and ends with a position for the next run', async () => {
      for (let i = 0; i < kind.manyItems; i++) await subject.add(`${i}.md`, `${i}`);
      const { items, pages, end } = await walk(subject.connector, { at: 'start' });
      expect(pages).toBeGreaterThan(1);
      expect(new Set(items.map((item) => item.externalId)).size).toBe(kind.manyItems);
      expect(end).toMatchObject({ more: false, complete: true, checkpoint: expect.any(String) });
    });

    test('the same page can be requested again, because a killed step repeats the request', async () => {
      for (let i = 0; i < kind.manyItems; i++) await subject.add(`${i}.md`, `${i}`);
      const first = await subject.connector.listPage({ at: 'start' }, calm);
      if (!first.next.more) throw new Error('one page only');
      const position: Position = { at: 'cursor', cursor: first.next.cursor };
      const [once, again] = [
        await subject.connector.listPage(position, calm),
        await subject.connector.listPage(position, calm),
      ];
      expect(again.entries).toEqual(once.entries);
    });

    test('a change during a listing is not lost: the next run from its position reports it (pitfall 1)', async () => {
      const ids: string[] = [];
      for (let i = 0; i < kind.manyItems; i++) ids.push(await subject.add(`${i}.md`, `${i}`));
      const first = await subject.connector.listPage({ at: 'start' }, calm);
      const listed = new Map(first.entries.flatMap((e) => (e.state === 'present' ? [[e.externalId, e]] : [])));
      const [changed = ''] = listed.keys();
      await subject.update(changed, 'changed while it was being listed');
      if (!first.next.more) throw new Error('one page only');
      const rest = await walk(subject.connector, { at: 'cursor', cursor: first.next.cursor });
      const next = await walk(subject.connector, { at: 'checkpoint', checkpoint: checkpointOf(rest.end) });
      // If listing and feed are one chain of cursors, the rest of the listing already reports it
      const reported = [...rest.items, ...next.items].filter((item) => item.externalId === changed);
      const fingerprints = new Set(reported.map((item) => item.fingerprint.value));
      fingerprints.delete(listed.get(changed)?.fingerprint.value ?? '');
      expect(fingerprints.size).toBeGreaterThan(0);
    });

    test('content fetched after an edit is not recorded as the listed version, because the edit may be undone', async () => {
      const id = await subject.add('a.md', 'one');
      const { items } = await walk(subject.connector, { at: 'start' });
      const listed = items.find((item) => item.externalId === id);
      if (listed === undefined) throw new Error('not listed');
      await subject.update(id, 'two');
      // A refusal is correct too: the listed version is requested, and no longer exists
      const content = await subject.connector.fetch(asKept(listed), calm).catch((error: unknown) => {
        if (isSyncError(error)) return null;
        throw error;
      });
      const { bytes = Buffer.from('one'), fingerprint = listed.fingerprint } = content ?? {};
      const text = (await subject.textOf?.(bytes)) ?? new TextDecoder().decode(bytes);
      const isListed = fingerprint.value === listed.fingerprint.value;
      // A time never repeats
      expect(isListed && text !== 'one' && fingerprint.kind !== 'modified_at').toBe(false);
    });

    test('a fingerprint changes with the content, and only then (pitfall 3)', async () => {
      const id = await subject.add('a.md', 'one');
      const before = await fingerprintOf(subject.connector, id);
      expect(await fingerprintOf(subject.connector, id)).toBe(before);
      await subject.update(id, 'two');
      expect(await fingerprintOf(subject.connector, id)).not.toBe(before);
    });

    test('deleted items are reported as deleted: by the feed if there is one, otherwise by the next full listing (pitfalls 8, 9)', async () => {
      const [kept, deleted] = [await subject.add('kept.md', 'kept'), await subject.add('gone.md', 'deleted')];
      const { end } = await walk(subject.connector, { at: 'start' });
      await subject.remove(deleted);
      if (subject.connector.reportsDeletions) {
        const feed = await walk(subject.connector, { at: 'checkpoint', checkpoint: checkpointOf(end) });
        const deletedAs = (name: string, externalId: string): Entry =>
          kind.announcesPaths === true ? { state: 'deleted_path', path: name } : { state: 'deleted', externalId };
        expect(feed.entries).toContainEqual(deletedAs('gone.md', deleted));
        expect(feed.entries).not.toContainEqual(deletedAs('kept.md', kept));
      }
      const full = await walk(subject.connector, { at: 'start' });
      expect(full.items.map((item) => item.externalId)).toEqual([kept]);
    });

    test('without changes, a run from the last position reports no change and no deletion', async () => {
      const { end } = await walk(subject.connector, { at: 'start' });
      const next = await walk(subject.connector, { at: 'checkpoint', checkpoint: checkpointOf(end) });
      const reported = next.entries.filter(({ state }) => state !== 'container' && state !== 'all_listed');
      expect(reported).toEqual([]);
      // A feed is not a full listing; a sweep after it would delete everything (pitfall 7)
      expect(next.end).toMatchObject({ complete: false });
    });

    test('a lost or foreign position is reported as lost, never replaced by a new one (pitfall 2)', async () => {
      await subject.add('a.md', 'a');
      const { end } = await walk(subject.connector, { at: 'start' });
      const positions = [...(subject.expirePositions === null ? [] : [checkpointOf(end)]), '{"v":0}' as Checkpoint];
      await subject.expirePositions?.();
      for (const checkpoint of positions) {
        const listing = subject.connector.listPage({ at: 'checkpoint', checkpoint }, calm);
        await expect(listing).rejects.toMatchObject({ name: 'SyncError', kind: 'checkpoint_expired' });
      }
    });

    test('bytes are counted while reading, whatever size the listing states (pitfall 22)', async () => {
      const id = await subject.add('large.md', 'x'.repeat(subject.maxItemBytes + 1));
      const [item] = (await walk(subject.connector, { at: 'start' })).items;
      expect(item?.externalId).toBe(id);
      const lie = { ...item, size: 1 } as ItemRef;
      await expect(subject.connector.fetch(lie, calm)).rejects.toMatchObject({
        kind: 'too_large',
        remedy: 'skip_item',
      });
    });

    test('an item that disappears between listing and fetching is an error of that item only', async () => {
      const id = await subject.add('a.md', 'a');
      const [item] = (await walk(subject.connector, { at: 'start' })).items;
      await subject.remove(id);
      await expect(subject.connector.fetch(item as ItemRef, calm)).rejects.toMatchObject({
        name: 'SyncError',
        remedy: 'skip_item',
      });
    });

    test('single items can be looked up, and deleted ones are reported as deleted', async () => {
      const id = await subject.add('a.md', 'a');
      const deleted = await subject.add('b.md', 'b');
      await subject.remove(deleted);
      const entries = await subject.connector.lookUp([id, deleted], calm);
      expect(entries).toHaveLength(2);
      expect(entries).toContainEqual(expect.objectContaining({ state: 'present', externalId: id, name: 'a.md' }));
      expect(entries).toContainEqual({ state: 'deleted', externalId: deleted });
    });

    test('a cancelled call ends', async () => {
      await subject.add('a.md', 'a');
      const stopped = AbortSignal.abort(new Error('stopped'));
      await expect(subject.connector.listPage({ at: 'start' }, stopped)).rejects.toThrow();
      const [item] = (await walk(subject.connector, { at: 'start' })).items;
      const refusal = await subject.connector.fetch(item as ItemRef, stopped).catch((error: unknown) => error);
      // An abort must not look like an error of the item or the vendor
      expect(isSyncError(refusal)).toBe(false);
    });

    test('only reads (pitfall 29)', async () => {
      const id = await subject.add('a.md', 'a');
      await subject.connector.check(calm);
      const { items } = await walk(subject.connector, { at: 'start' });
      for (const item of items) await subject.connector.fetch(item, calm);
      await subject.connector.lookUp([id], calm);
      expect(subject.mutatingCalls()).toBe(0);
    });
  });
}

interface Walked {
  readonly entries: readonly Entry[];
  readonly items: readonly Extract<Entry, { state: 'present' }>[];
  readonly pages: number;
  readonly end: ListPage['next'];
}

/**
 * Lists to the end, like the engine: an empty page with a cursor is not the end (pitfall 6), and the last occurrence of
 * an entry counts.
 */
export async function walk(connector: Connector, from: Position): Promise<Walked> {
  const entries = new Map<string, Entry>();
  let position = from;
  for (let pages = 1; ; pages++) {
    const page = await connector.listPage(position, calm);
    expect(page.entries.length).toBeLessThanOrEqual(connector.maxPageSize * 2 + 50);
    for (const entry of page.entries) entries.set(keyOf(entry), entry);
    if (!page.next.more) {
      const all = [...entries.values()];
      return { entries: all, items: all.filter((entry) => entry.state === 'present'), pages, end: page.next };
    }
    const cursor: Cursor = page.next.cursor;
    position = { at: 'cursor', cursor };
    expect(pages).toBeLessThan(1000);
  }
}

function keyOf(entry: Entry): string {
  if (entry.state === 'deleted_path') return `path ${entry.path}`;
  return entry.state === 'gap' ? `gap ${entry.externalId ?? entry.name}` : entry.externalId;
}

/** What the ledger stores of an item until it is fetched. */
function asKept({ fetchedAs: _ofListing, skip: _judged, ...kept }: ItemRef): ItemRef {
  return kept;
}

function checkpointOf(end: ListPage['next']): Checkpoint {
  if (end.more || end.checkpoint === null) throw new Error('the listing ended without a position');
  return end.checkpoint;
}

async function fingerprintOf(connector: Connector, id: string): Promise<string> {
  const { items } = await walk(connector, { at: 'start' });
  return items.find((item) => item.externalId === id)?.fingerprint.value ?? '';
}
