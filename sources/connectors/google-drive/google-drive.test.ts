/** Tests what is specific to Drive: one account has several logs, and files move between them. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Connector } from '../connector.ts';
import type { Checkpoint, Entry, Position } from '../../../domain/source.ts';
import { type GoogleSimulator, startGoogle } from '../../../tools/simulators/google/server.ts';
import type { GoogleAccount } from '../../../tools/simulators/google/state.ts';
import { googleDriveConfig } from './config.ts';
import { createGoogleDriveConnector } from './connector.ts';

const calm = new AbortController().signal;
let google: GoogleSimulator;
let account: GoogleAccount;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(async () => await google[Symbol.asyncDispose]());
let count = 0;
beforeEach(() => {
  google.faults.clear();
  google.switches.repeats = false;
  account = google.state.account(`ana${++count}@example.com`);
});

function connectorOf(config: object = {}): Connector {
  const { accessToken } = google.oauth.issue(account.email);
  return createGoogleDriveConnector(
    googleDriveConfig.parse(config),
    {
      tokens: { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} },
      throttle: async () => await Promise.resolve(),
      logger: pino({ level: 'silent' }),
      maxItemBytes: 64 * 1024,
    },
    google.url,
  );
}

/** Returns the final state of each id; a later page wins. */
async function listAll(connector: Connector, from: Position) {
  const known = new Map<string, Entry>();
  for (let position = from; ;) {
    const { entries, next } = await connector.listPage(position, calm);
    for (const entry of entries) if ('externalId' in entry && entry.state !== 'gap') known.set(entry.externalId, entry);
    if (!next.more) return { known, checkpoint: next.checkpoint as Checkpoint };
    position = { at: 'cursor', cursor: next.cursor };
  }
}

/** Returns what the feed finally reports about the changes made by `work`. */
async function feedAfter(work: () => void, config: object = {}): Promise<ReadonlyMap<string, Entry>> {
  const connector = connectorOf(config);
  const { checkpoint } = await listAll(connector, { at: 'start' });
  work();
  return (await listAll(connector, { at: 'checkpoint', checkpoint })).known;
}

describe('a move between drives, reported by two logs', () => {
  test.each(['a file', 'a folder'])('of %s from a shared drive to My Drive is not a deletion', async (what) => {
    const drive = account.addSharedDrive('Harbour');
    const id = what === 'a file' ? account.addFile({ name: 'a.md', parent: drive }) : account.addFolder('F', drive);
    const known = await feedAfter(() => account.move(id, account.rootId));
    expect(known.get(id)).toMatchObject({ parentExternalId: account.rootId });
  });

  test('from one shared drive to another is not a deletion, whichever log is read last', async () => {
    const [a, b] = [account.addSharedDrive('A'), account.addSharedDrive('B')];
    const [toB, toA] = [account.addFile({ name: 'a.md', parent: a }), account.addFile({ name: 'b.md', parent: b })];
    const known = await feedAfter(() => {
      account.move(toB, b);
      account.move(toA, a);
    });
    expect(known.get(toB)).toMatchObject({ state: 'present', parentExternalId: b });
    expect(known.get(toA)).toMatchObject({ state: 'present', parentExternalId: a });
  });

  test('is not a deletion if the log that it left shows the file in a form that cannot be read', async () => {
    const [a, b] = [account.addSharedDrive('A'), account.addSharedDrive('B')];
    const [toB, toA] = [account.addFile({ name: 'a.md', parent: a }), account.addFile({ name: 'b.md', parent: b })];
    const rewrite = (body: unknown) => {
      const list = body as { readonly changes: readonly { removed: boolean; fileId: string }[] };
      const changes = list.changes.map((each) => (each.removed ? { ...each, file: { id: each.fileId } } : each));
      return { ...list, changes };
    };
    const known = await feedAfter(() => {
      account.move(toB, b);
      account.move(toA, a);
      google.faults.add({ path: '/changes$', then: { rewrite } });
    });
    expect(known.get(toB)).toMatchObject({ state: 'present', parentExternalId: b });
    expect(known.get(toA)).toMatchObject({ state: 'present', parentExternalId: a });
  });

  test('out of what is synced is a deletion', async () => {
    const [a, b] = [account.addSharedDrive('A'), account.addSharedDrive('B')];
    const [mine, ours] = [account.addFile({ name: 'mine.md' }), account.addFile({ name: 'ours.md', parent: a })];
    const known = await feedAfter(
      () => {
        account.move(mine, b);
        account.move(ours, b);
      },
      { sharedDriveIds: [a] },
    );
    expect(known.get(mine)).toEqual({ state: 'deleted', externalId: mine });
    expect(known.get(ours)).toEqual({ state: 'deleted', externalId: ours });
  });
});

describe('selected folders', () => {
  test('are listed alone, with the folders above them and the logs of their drives', async () => {
    const drive = account.addSharedDrive('Harbour');
    account.addSharedDrive('Other');
    const [mine, ours] = [account.addFolder('Plans'), account.addFolder('Charts', drive)];
    const [a, b] = [account.addFile({ name: 'a.md', parent: mine }), account.addFile({ name: 'b.md', parent: ours })];
    account.addFile({ name: 'own.md' });
    const connector = connectorOf({ folders: [mine, ours] });
    google.log.clear();
    const { known, checkpoint } = await listAll(connector, { at: 'start' });
    expect([...known.keys()].toSorted()).toEqual([account.rootId, drive, mine, ours, a, b].toSorted());
    expect(known.get(drive)).toMatchObject({ name: 'Harbour' });
    expect(google.log.calls.filter(({ query }) => query['corpora'] !== undefined)).toEqual([]);
    const later = account.addFile({ name: 'c.md', parent: ours });
    const feed = await listAll(connector, { at: 'checkpoint', checkpoint });
    expect(feed.known.get(later)).toMatchObject({ state: 'present', parentExternalId: ours });
  });

  test('can be chosen from My Drive, the shared drives and what others have shared', async () => {
    const drive = account.addSharedDrive('Harbour');
    const plans = account.addFolder('Plans');
    const deep = account.addFolder('Deep', plans);
    account.addFile({ name: 'a.md', parent: plans });
    const choices = connectorOf().choices?.['folders'];
    const top = await choices?.(null, calm);
    expect(top?.map(({ value }) => value)).toEqual([account.rootId, drive]);
    expect((await choices?.(account.rootId, calm))?.map(({ label }) => label)).toEqual(['Plans']);
    expect(await choices?.(plans, calm)).toEqual([{ value: deep, label: 'Deep', hasChildren: true }]);
  });

  test('can be chosen although Drive spreads them over pages, some of them empty', async () => {
    const folders = ['A', 'B', 'C'].map((name) => account.addFolder(name));
    const usual = { ...google.switches };
    Object.assign(google.switches, { maxPage: 2, emptyPages: true });
    const choices = connectorOf().choices?.['folders'];
    expect((await choices?.(account.rootId, calm))?.map(({ value }) => value)).toEqual(folders);
    Object.assign(google.switches, usual);
  });

  test('may be given by their address in a browser', async () => {
    const folder = account.addFolder('Plans');
    const file = account.addFile({ name: 'a.md', parent: folder });
    const address = `https://drive.google.com/drive/u/1/folders/${folder}?resourcekey=0-x`;
    const { known } = await listAll(connectorOf({ folders: [address] }), { at: 'start' });
    expect(known.get(file)).toMatchObject({ state: 'present' });
    expect(googleDriveConfig.parse({ folders: [`https://drive.google.com/open?id=${folder}`] }).folders).toEqual([
      folder,
    ]);
  });

  test('that are files are named, and nothing is taken for their contents', async () => {
    const file = account.addFile({ name: 'a.md' });
    const { entries } = await connectorOf({ folders: [file] }).listPage({ at: 'start' }, calm);
    expect(entries).toMatchObject([{ state: 'gap', externalId: file, name: 'a.md', code: 'not_a_folder' }]);
  });

  test('that Drive refuses are a gap; those that it no longer has are named, and have no contents', async () => {
    const [refused, deleted, trashed] = ['Refused', 'Deleted', 'Trashed'].map((name) => account.addFolder(name));
    account.delete(deleted ?? '');
    account.trash(trashed ?? '');
    google.faults.add({ path: `/files/${refused}$`, then: { status: 403, body: '<h1>Unusual traffic</h1>' } });
    const page = await connectorOf({ folders: [refused, deleted, trashed] }).listPage({ at: 'start' }, calm);
    const missing = { state: 'gap', code: 'selected_folder_missing' };
    expect(page.entries).toMatchObject([
      { state: 'gap', externalId: refused },
      { ...missing, name: deleted, message: expect.stringContaining('no longer') },
      { ...missing, name: 'Trashed', message: expect.stringContaining('in the trash') },
    ]);
    // A gap of the folder's own id would keep its files.
    const ids = page.entries.map((entry) => ('externalId' in entry ? entry.externalId : null));
    expect(ids).not.toEqual(expect.arrayContaining([deleted]));
    expect(page.next).toMatchObject({ more: false, complete: true });
  });

  test('and selected shared drives that the account has lost are named', async () => {
    const [lost, kept] = [account.addSharedDrive('Lost'), account.addSharedDrive('Kept')];
    const connector = connectorOf({ sharedDriveIds: [lost, kept] });
    const { checkpoint } = await listAll(connector, { at: 'start' });
    account.leaveSharedDrive(lost);
    const named = expect.objectContaining({ state: 'gap', name: lost, code: 'selected_folder_missing' });
    for (const from of [{ at: 'checkpoint', checkpoint }, { at: 'start' }] as const)
      expect((await connector.listPage(from, calm)).entries).toContainEqual(named);
  });

  test('an item that left them is looked up with the folders above it', async () => {
    const [plans, notes] = [account.addFolder('Plans'), account.addFolder('Notes')];
    const left = account.addFile({ name: 'a.md', parent: notes });
    const entries = await connectorOf({ folders: [plans] }).lookUp([left], calm);
    expect(entries.flatMap((entry) => ('externalId' in entry ? [entry.externalId] : []))).toEqual([
      notes,
      account.rootId,
      left,
    ]);
  });
});

test('excluded folders are known before the files in them', async () => {
  const folder = account.addFolder('Private');
  account.addFile({ name: 'a.md', parent: folder });
  const { entries } = await connectorOf({ exclude: ['Private'] }).listPage({ at: 'start' }, calm);
  expect(entries.map(({ state }) => state)).toEqual(['container', 'container']);
});

test('of two changes of a file on one page the later one counts', async () => {
  const [kept, deleted] = [account.addFile({ name: 'kept.md' }), account.addFile({ name: 'deleted.md' })];
  google.switches.repeats = true;
  const known = await feedAfter(() => {
    account.update(kept, 'changed');
    account.delete(deleted);
  });
  expect(known.get(kept)).toMatchObject({ state: 'present', name: 'kept.md' });
  expect(known.get(deleted)).toEqual({ state: 'deleted', externalId: deleted });
});

test('a shared drive is lost only if Drive itself no longer shows it: one refusal removes nothing', async () => {
  const drive = account.addSharedDrive('Harbour');
  account.addFile({ name: 'a.md', parent: drive });
  const connector = connectorOf();
  const { checkpoint } = await listAll(connector, { at: 'start' });
  google.faults.add({
    path: '^/drive/v3/changes$',
    query: { driveId: drive },
    then: { status: 403, body: '<h1>Our systems have detected unusual traffic</h1>' },
  });
  const { known } = await listAll(connector, { at: 'checkpoint', checkpoint });
  expect([...known.values()].filter(({ state }) => state === 'deleted')).toEqual([]);
});

test('an API that is not enabled is for the operator to enable: no new sign-in is requested', async () => {
  const body = { error: { code: 403, message: 'Access Not Configured.', errors: [{ reason: 'accessNotConfigured' }] } };
  google.faults.add({ path: '^/drive/', then: { status: 403, body } });
  const refusal = { kind: 'invalid_input', code: 'api_not_enabled' };
  await expect(connectorOf().check(calm)).rejects.toMatchObject(refusal);
  await expect(connectorOf().listPage({ at: 'start' }, calm)).rejects.toMatchObject(refusal);
});

test('a shared drive that is lost while the listing begins is skipped, and the listing goes on', async () => {
  const [lost, kept] = [account.addSharedDrive('Lost'), account.addSharedDrive('Kept')];
  const [there, mine] = [account.addFile({ name: 'a.md', parent: kept }), account.addFile({ name: 'b.md' })];
  const body = { error: { code: 404, message: 'no', errors: [{ reason: 'notFound' }] } };
  google.faults.add({ path: 'startPageToken$', query: { driveId: lost }, then: { status: 404, body } });
  google.faults.add({ path: `/drives/${lost}$`, then: { status: 404, body } });
  const { known, checkpoint } = await listAll(connectorOf(), { at: 'start' });
  expect([...known.keys()]).toEqual(expect.arrayContaining([there, mine]));
  expect(known.get(lost)).toEqual({ state: 'deleted', externalId: lost });
  await expect(listAll(connectorOf(), { at: 'checkpoint', checkpoint })).resolves.toBeDefined();
});

describe('what is shared directly from a shared drive of which the account is no member', () => {
  let other: GoogleAccount;
  let theirDrive: string;
  let folder: string;
  let inFolder: string;
  let file: string;
  beforeEach(() => {
    other = google.state.account(`bo${count}@example.com`);
    theirDrive = other.addSharedDrive('Theirs');
    folder = other.addFolder('Plans', theirDrive);
    inFolder = other.addFile({ name: 'plan.md', parent: folder, content: 'p' });
    file = other.addFile({ name: 'tides.md', parent: theirDrive, content: 't' });
    other.addFile({ name: 'private.md', parent: theirDrive });
    for (const id of [folder, file]) other.share(id, account);
  });
  const presentIn = ({ known }: { known: ReadonlyMap<string, Entry> }) =>
    [...known].flatMap(([id, { state }]) => (state === 'present' ? [id] : [])).toSorted();

  test('is listed, with the contents of its folders; nothing else of the drive is', async () => {
    const mine = account.addFile({ name: 'mine.md' });
    const listed = await listAll(connectorOf(), { at: 'start' });
    expect(presentIn(listed)).toEqual([file, inFolder, mine].toSorted());
    expect(listed.known.get(folder)).toMatchObject({ state: 'container', name: 'Plans' });
    other.update(file, 'edited');
    other.unshare(folder, account);
    const { known } = await listAll(connectorOf(), { at: 'checkpoint', checkpoint: listed.checkpoint });
    expect([known.get(file)?.state, known.get(folder)?.state]).toEqual(['present', 'deleted']);
  });

  test.each([{ includeSharedWithMe: false }, { includeSharedDrives: false }, { sharedDriveIds: ['0Delsewhere'] }])(
    'is left out with %j',
    async (config) => {
      const mine = account.addFile({ name: 'mine.md' });
      const { known, checkpoint } = await listAll(connectorOf(config), { at: 'start' });
      expect(presentIn({ known })).toEqual([mine]);
      other.update(file, 'edited');
      expect(presentIn(await listAll(connectorOf(config), { at: 'checkpoint', checkpoint }))).toEqual([]);
      expect(await connectorOf(config).lookUp([file], calm)).toEqual([{ state: 'deleted', externalId: file }]);
    },
  );

  test('is listed once if the account becomes a member: with its drive', async () => {
    google.state.drives.get(theirDrive)?.members.add(account.email);
    const connector = connectorOf();
    const shown: string[] = [];
    for (let position: Position = { at: 'start' }; ;) {
      const { entries, next } = await connector.listPage(position, calm);
      shown.push(...entries.flatMap((entry) => (entry.state === 'present' ? [entry.externalId] : [])));
      if (!next.more) break;
      position = { at: 'cursor', cursor: next.cursor };
    }
    expect(shown).toHaveLength(3);
    expect(new Set(shown).size).toBe(3);
  });
});

test('with files shared by others excluded, a shortcut to one of them adds nothing', async () => {
  const other = google.state.account(`bo${count}@example.com`);
  const theirs = other.addFile({ name: 'theirs.md' });
  other.share(theirs, account);
  const shortcut = account.addShortcut('to theirs', theirs);
  const own = account.addShortcut('to mine', account.addFile({ name: 'mine.md' }));
  const { known } = await listAll(connectorOf({ includeSharedWithMe: false }), { at: 'start' });
  expect(known.has(theirs)).toBe(false);
  expect(known.get(shortcut)).toMatchObject({ skip: { code: 'shortcut_out_of_scope' } });
  expect(known.get(own)).toMatchObject({ skip: { code: 'shortcut' } });
});

test.each(['application/pdf', 'application/vnd.google-apps.document'])(
  'a file under client-side encryption (%s) is skipped, instead of being called damaged',
  async (content) => {
    const mimeType = `application/vnd.google-gsuite.encrypted; content="${content}"`;
    const id = account.addFile({ name: 'Budget.pdf', mimeType });
    const { known } = await listAll(connectorOf(), { at: 'start' });
    expect(known.get(id)).toMatchObject({ state: 'present', skip: { code: 'encrypted_by_client' } });
  },
);
