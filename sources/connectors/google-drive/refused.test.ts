/**
 * Tests how far a refused, missing or garbled answer of Drive applies, and that it never deletes an existing file.
 * Numbers refer to the cases.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Checkpoint, Entry, ItemRef } from '../../../domain/source.ts';
import { contextOf, deletedIn, feed, walk, type Walked } from '../../../test/harness/connectors.ts';
import type { FaultEffect, SimulatedCall } from '../../../tools/simulators/kit/faults.ts';
import { type GoogleSimulator, startGoogle } from '../../../tools/simulators/google/server.ts';
import type { GoogleAccount } from '../../../tools/simulators/google/state.ts';
import type { Connector } from '../connector.ts';
import { googleDriveConfig } from './config.ts';
import { createGoogleDriveConnector } from './connector.ts';

const calm = new AbortController().signal;
let google: GoogleSimulator;
let account: GoogleAccount;
let other: GoogleAccount;
let count = 0;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(async () => await google[Symbol.asyncDispose]());
beforeEach(() => {
  google.faults.clear();
  google.log.clear();
  Object.assign(google.switches, {
    maxPage: 1000,
    incompleteSearch: false,
    acceptsAnyToken: false,
    maxParents: Infinity,
  });
  account = google.state.account(`ana${++count}@example.com`);
  other = google.state.account(`bo${count}@example.com`);
});

function connectorOf(config: object = {}, isRefusedRepeatedly = false): Connector {
  const context = contextOf(() => google.oauth.issue(account.email));
  return createGoogleDriveConnector(googleDriveConfig.parse(config), { ...context, isRefusedRepeatedly }, google.url);
}

const itemIn = ({ known }: Walked, id: string): ItemRef => known.get(id) as ItemRef & Entry;

const problem = (code: number, reason: string, more: object = {}): FaultEffect => ({
  status: code,
  body: { error: { code, message: reason, errors: [{ domain: 'global', reason, ...more }] } },
});
const portal: FaultEffect = { rewrite: () => '<html><title>Sign in to the airport Wi-Fi</title></html>' };

describe('content that one file cannot return concerns that file', () => {
  const document = 'application/vnd.google-apps.document';

  test('case 1: an export that answers 400 fails alone, with Google’s reason', async () => {
    const id = account.addFile({ name: 'Doc', mimeType: document, content: 'x' });
    const connector = connectorOf();
    const listed = await walk(connector);
    const refusal = problem(400, 'badRequest', { locationType: 'parameter', location: 'convertTo' });
    google.faults.add({ path: '/export$', then: refusal });
    await expect(connector.fetch(itemIn(listed, id), calm)).rejects.toMatchObject({
      scope: 'item',
      remedy: 'skip_item',
      code: 'refused_by_vendor',
      message: expect.stringContaining('badRequest, convertTo'),
    });
  });

  test('an export that refuses the first format uses the next one', async () => {
    const id = account.addFile({ name: 'Doc', mimeType: document, content: 'the text' });
    const connector = connectorOf();
    const listed = await walk(connector);
    google.faults.add({ path: '/export$', query: { mimeType: 'text/markdown' }, then: problem(400, 'badRequest') });
    await expect(connector.fetch(itemIn(listed, id), calm)).resolves.toMatchObject({ mimeType: 'text/plain' });
  });

  describe('a document that Google does not export because it is too large', () => {
    const sheets = 'application/vnd.google-apps.spreadsheet';
    const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    const ofSheets = { name: 'Sheet', mimeType: sheets, content: 'all sheets', tooLargeAs: [xlsx] };

    test('is exported by its link, which has no such limit', async () => {
      const id = account.addFile(ofSheets);
      const connector = connectorOf();
      const content = await connector.fetch(itemIn(await walk(connector), id), calm);
      expect(content).toMatchObject({ mimeType: xlsx, bytes: Uint8Array.from(Buffer.from('all sheets')) });
      expect(content.notes).toBeUndefined();
    });

    test.each<[string, FaultEffect]>([
      ['leads to a sign-in', { status: 302, headers: { location: 'https://accounts.google.com/ServiceLogin' } }],
      ['leads to a foreign host', { status: 307, headers: { location: 'http://169.254.169.254/latest' } }],
      ['is refused by a page', { status: 403, body: '<h1>blocked by your company</h1>' }],
      ['shows a page', { status: 200, body: '<h1>Sign in</h1>' }],
    ])('is read in a smaller format if the link %s, and that is said', async (_what, then) => {
      const id = account.addFile(ofSheets);
      const connector = connectorOf();
      const listed = await walk(connector);
      google.faults.add({ path: '/feeds/download/', then });
      await expect(connector.fetch(itemIn(listed, id), calm)).resolves.toMatchObject({
        mimeType: 'text/csv',
        notes: [{ code: 'read_in_part', message: expect.stringContaining('all sheets but the first') }],
      });
    });

    test.each([
      [500, 'internalError'],
      [503, 'transientError'],
    ])('is exported by its link if the export fails with %d instead of saying so', async (status, reason) => {
      const id = account.addFile({ name: 'Sheet', mimeType: sheets, content: 'all sheets' });
      const connector = connectorOf();
      const listed = await walk(connector);
      google.faults.add({ path: '/export$', then: problem(status, reason) });
      await expect(connector.fetch(itemIn(listed, id), calm)).resolves.toMatchObject({ mimeType: xlsx });
      google.faults.add({ path: '/feeds/download/', then: { status: 403, body: '<h1>blocked</h1>' } });
      await expect(connector.fetch(itemIn(listed, id), calm)).rejects.toMatchObject({ kind: 'unavailable' });
    });

    test('waits if the link does not answer for now', async () => {
      const id = account.addFile(ofSheets);
      const connector = connectorOf();
      const listed = await walk(connector);
      google.faults.add({ path: '/export-ticket/', then: { status: 503, body: '<h1>Service Unavailable</h1>' } });
      await expect(connector.fetch(itemIn(listed, id), calm)).rejects.toMatchObject({ kind: 'unavailable' });
      google.faults.clear();
      google.faults.add({ path: '/feeds/download/', then: { status: 429, body: '<h1>Sorry</h1>' } });
      await expect(connector.fetch(itemIn(listed, id), calm)).rejects.toMatchObject({ kind: 'rate_limited' });
    });

    test('is read in a smaller format if it is larger than what is read', async () => {
      const id = account.addFile({ ...ofSheets, content: 'x'.repeat(65 * 1024) });
      const connector = connectorOf();
      const listed = await walk(connector);
      google.faults.add({
        path: '/export$',
        query: { mimeType: 'text/csv' },
        then: { status: 200, headers: { 'content-type': 'text/csv' }, body: 'a,b' },
      });
      await expect(connector.fetch(itemIn(listed, id), calm)).resolves.toMatchObject({ mimeType: 'text/csv' });
    });
  });

  test('case 5: a download quota concerns one file; a user’s rate limit concerns the account', async () => {
    const id = account.addFile({ name: 'a.md', content: 'x' });
    const connector = connectorOf();
    const listed = await walk(connector);
    google.faults.add({ path: `/files/${id}$`, times: 1, then: problem(403, 'downloadQuotaExceeded') });
    google.faults.add({ path: `/files/${id}$`, times: 1, then: problem(403, 'userRateLimitExceeded') });
    const fetched = connector.fetch(itemIn(listed, id), calm);
    await expect(fetched).rejects.toMatchObject({ kind: 'quota_exhausted', scope: 'item', remedy: 'defer' });
    const again = connector.fetch(itemIn(listed, id), calm);
    await expect(again).rejects.toMatchObject({ kind: 'rate_limited', scope: 'account', remedy: 'retry' });
  });

  test('a 401 on one file checks the account before a person is asked to sign in', async () => {
    const id = account.addFile({ name: 'a.md', content: 'x' });
    const connector = connectorOf();
    const listed = await walk(connector);
    google.faults.add({ path: `/files/${id}$`, then: problem(401, 'authError') });
    const fetched = connector.fetch(itemIn(listed, id), calm);
    await expect(fetched).rejects.toMatchObject({ kind: 'unauthorized', scope: 'item', remedy: 'check_sign_in' });
    google.faults.add({ path: '/about$', then: problem(401, 'authError') });
    const again = connector.fetch(itemIn(listed, id), calm);
    await expect(again).rejects.toMatchObject({ kind: 'unauthorized', scope: 'account', remedy: 'sign_in' });
  });

  test('a proxy’s page is not a refusal of Google’s, whatever its status', async () => {
    const id = account.addFile({ name: 'a.md', content: 'x' });
    const connector = connectorOf();
    const listed = await walk(connector);
    for (const status of [401, 403, 404, 410]) {
      google.faults.clear();
      google.faults.add({ path: `/files/${id}$`, then: { status, body: '<h1>blocked by your company</h1>' } });
      const fetched = connector.fetch(itemIn(listed, id), calm);
      await expect(fetched).rejects.toMatchObject({ kind: 'unavailable', code: 'unexpected_answer' });
      const [entry] = await connector.lookUp([id], calm);
      expect(entry).toMatchObject({ state: 'gap', externalId: id });
    }
  });

  test('a sign-in page with status 200 in place of an export is not used as its text', async () => {
    const id = account.addFile({ name: 'Doc', mimeType: document, content: 'x' });
    const connector = connectorOf();
    const listed = await walk(connector);
    google.faults.add({ path: '/export$', then: { status: 200, headers: {}, body: '<html>Sign in</html>' } });
    const fetched = connector.fetch(itemIn(listed, id), calm);
    await expect(fetched).rejects.toMatchObject({ kind: 'unavailable', code: 'unexpected_answer' });
  });

  test('a missing permission is named, with what it is for', async () => {
    google.faults.add({ path: '^/drive/', then: problem(403, 'insufficientPermissions') });
    await expect(connectorOf().listPage({ at: 'start' }, calm)).rejects.toMatchObject({
      kind: 'insufficient_scope',
      remedy: 'sign_in',
      message: expect.stringMatching(/auth\/drive\.readonly.*to list files/),
    });
  });
});

describe('a refusal of the account', () => {
  test.each([
    ['400 badRequest', problem(400, 'badRequest'), '/files$'],
    ['403 forbidden', problem(403, 'forbidden'), '/files$'],
    ['403 for the position of the log', problem(403, 'forbidden'), 'startPageToken$'],
  ])('by %s is retried if the account answers', async (_what, then, path) => {
    const id = account.addFile({ name: 'a.md' });
    google.faults.add({ path, times: 1, then });
    const connector = connectorOf();
    await expect(walk(connector)).rejects.toMatchObject({ code: 'refused_for_now', remedy: 'retry' });
    expect((await walk(connector)).known.get(id)).toMatchObject({ state: 'present' });
  });

  test('for its My Drive leaves the shared drives and the files that others have shared', async () => {
    const [team, theirs] = [
      account.addFile({ name: 'a.md', parent: account.addSharedDrive('Team') }),
      other.addFile({ name: 'b.md' }),
    ];
    other.share(theirs, account);
    google.faults.add({ path: '/files/root$', then: problem(404, 'notFound') });
    const connector = connectorOf();
    const { known, end } = await walk(connector);
    expect([...known.keys()]).toEqual(expect.arrayContaining([team, theirs]));
    expect(end.complete).toBe(true);
    const choices = await connector.choices?.['folders']?.(null, calm);
    expect(choices?.map(({ label }) => label)).toEqual(['Team']);
  });

  test('that every call gets is final, and named', async () => {
    google.faults.add({ path: '/drive/v3/', then: problem(403, 'domainPolicy') });
    const refusal = { code: 'blocked_by_admin', remedy: 'stop_job', message: expect.stringContaining('domainPolicy') };
    await expect(walk(connectorOf())).rejects.toMatchObject(refusal);
  });

  test('as malformed at a page or in the log is a lost position, so the next listing begins anew', async () => {
    google.switches.maxPage = 1;
    for (const name of ['a.md', 'b.md']) account.addFile({ name });
    const connector = connectorOf();
    const before = await walk(connector);
    for (const from of [{ at: 'start' }, feed(before)] as const) {
      google.faults.clear();
      google.faults.add({
        path: from.at === 'start' ? '/files$' : '/changes$',
        skip: from.at === 'start' ? 1 : 0,
        then: problem(400, 'badRequest'),
      });
      await expect(walk(connector, from)).rejects.toMatchObject({ kind: 'checkpoint_expired', remedy: 'restart_full' });
    }
  });
});

describe('a shared drive', () => {
  test.each([
    ['403', problem(403, 'teamDriveMembershipRequired')],
    ['423', problem(423, 'locked')],
    ['500 every time', problem(500, 'backendError')],
    ['a sign-in page with status 200', portal],
  ])(
    'that answers %s is a gap with its name, in the full listing and in the feed; everything else is listed',
    async (_what, then) => {
      const [bad, good] = [account.addSharedDrive('Harbour'), account.addSharedDrive('Kept')];
      account.addFile({ name: 'in it.md', parent: bad });
      const [kept, mine] = [account.addFile({ name: 'a.md', parent: good }), account.addFile({ name: 'b.md' })];
      const connector = connectorOf();
      const before = await walk(connector);
      google.faults.add({ path: '/(files|changes)$', query: { driveId: bad }, then });

      const full = await walk(connector);
      expect([...full.known.keys()]).toEqual(expect.arrayContaining([bad, good, kept, mine]));
      expect(full.gaps).toEqual([expect.objectContaining({ externalId: bad, name: 'Harbour' })]);
      expect(full.end.complete).toBe(true);

      const later = account.addFile({ name: 'later.md', parent: bad });
      const reported = await walk(connector, feed(before));
      expect(reported.gaps).toEqual([expect.objectContaining({ externalId: bad, name: 'Harbour' })]);
      expect(deletedIn(reported)).toEqual([]);

      google.faults.clear();
      // Its position has not moved, so changes in the meantime are reported now. It can also be listed by itself.
      expect((await walk(connector, feed(reported))).known.get(later)).toMatchObject({ state: 'present' });
      const alone = await walk(connector, { at: 'container', externalId: bad });
      expect(alone.known.get(later)).toMatchObject({ state: 'present', parentExternalId: bad });
    },
  );

  test('that fails in a burst is waited for, longer each time, after everything else has been listed', async () => {
    const [drive, good] = [account.addSharedDrive('Harbour'), account.addSharedDrive('Kept')];
    const [id, kept] = [
      account.addFile({ name: 'a.md', parent: drive }),
      account.addFile({ name: 'b.md', parent: good }),
    ];
    google.faults.add({ path: '/files$', query: { driveId: drive }, times: 3, then: problem(503, 'backendError') });
    const { known, gaps } = await walk(connectorOf());
    expect(gaps).toEqual([]);
    expect(known.get(id)).toMatchObject({ state: 'present' });
    expect(known.get(kept)).toMatchObject({ state: 'present' });
    const calls = google.log.calls.filter(({ query }) => query['corpora'] === 'drive');
    expect(calls.map(({ query }) => query['driveId'])).toEqual([drive, good, drive, drive, drive]);
    const waits = calls.slice(2).map(({ at }, i) => at - (calls[i === 0 ? 0 : i + 1]?.at ?? 0));
    for (const [i, atLeast] of [100, 400, 1600].entries()) expect(waits[i]).toBeGreaterThanOrEqual(atLeast - 5);
  });

  test('that says when it answers again is asked then, or left to the next job if that is long', async () => {
    const drive = account.addSharedDrive('Harbour');
    const id = account.addFile({ name: 'a.md', parent: drive });
    const busy = (seconds: number): FaultEffect => ({
      ...problem(503, 'backendError'),
      headers: { 'retry-after': `${seconds}` },
    });
    google.faults.add({ path: '/files$', query: { driveId: drive }, times: 1, then: busy(1) });
    expect((await walk(connectorOf())).known.get(id)).toMatchObject({ state: 'present' });
    const [first, second] = google.log.calls.filter(({ query }) => query['driveId'] === drive && query['corpora']);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(995);
    google.faults.add({ path: '/files$', query: { driveId: drive }, then: busy(3600) });
    const { gaps } = await walk(connectorOf());
    expect(gaps).toEqual([expect.objectContaining({ externalId: drive, retryAfterMs: 3_600_000 })]);
  });

  test('that answers late once is not a gap', async () => {
    const drive = account.addSharedDrive('Harbour');
    const id = account.addFile({ name: 'a.md', parent: drive });
    google.faults.add({ path: '/files$', query: { driveId: drive }, times: 1, then: problem(503, 'backendError') });
    const { known, gaps } = await walk(connectorOf());
    expect(gaps).toEqual([]);
    expect(known.get(id)).toMatchObject({ state: 'present' });
  });

  test('an outage concerns the account: it is waited for, and names no drive', async () => {
    const drive = account.addSharedDrive('Harbour');
    const connector = connectorOf();
    google.faults.add({ path: '/files$', query: { driveId: drive }, then: problem(503, 'backendError') });
    google.faults.add({ path: '/about$', then: problem(503, 'backendError') });
    await expect(walk(connector)).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
  });

  test('that a list of drives leaves out is requested by id: only Drive’s own 404 removes it', async () => {
    const drive = account.addSharedDrive('Harbour');
    const id = account.addFile({ name: 'a.md', parent: drive });
    const connector = connectorOf();
    const before = await walk(connector);
    google.faults.add({ path: '/drives$', then: { rewrite: () => ({ kind: 'drive#driveList', drives: [] }) } });
    account.update(id, 'edited meanwhile');
    const short = await walk(connector, feed(before));
    expect([deletedIn(short), short.gaps]).toEqual([[], []]);
    expect(short.known.get(id)).toMatchObject({ state: 'present' });
    google.faults.add({ path: `/drives/${drive}$`, times: 1, then: problem(403, 'forbidden') });
    const refused = await walk(connector, feed(before));
    expect(refused.gaps).toEqual([expect.objectContaining({ externalId: drive })]);
    expect(deletedIn(refused)).toEqual([]);
    account.leaveSharedDrive(drive);
    expect(deletedIn(await walk(connector, feed(refused)))).toEqual([drive]);
  });

  const circle = (): FaultEffect => {
    let calls = 0;
    return {
      status: 200,
      get body() {
        return { kind: 'drive#driveList', drives: [{ id: 'd', name: 'x' }], nextPageToken: `${++calls % 2}` };
      },
    };
  };
  test.each<[string, () => FaultEffect, string]>([
    ['HTML with status 200', () => portal, 'unexpected_answer'],
    ['an endless list', circle, 'endless_listing'],
    ['403', () => problem(403, 'forbidden'), 'forbidden'],
    ['500 every time', () => problem(500, 'backendError'), 'unavailable'],
  ])(
    'whose list answers with %s is not an empty list: what is known is read, and the rest is named',
    async (_name, then, code) => {
      const [own, theirs] = [
        account.addFile({ name: 'own.md' }),
        account.addFile({ name: 'a.md', parent: account.addSharedDrive('Harbour') }),
      ];
      const connector = connectorOf();
      const before = await walk(connector);
      google.faults.add({ path: '/drives$', then: then() });
      google.log.clear();
      account.update(own, 'edited');
      account.update(theirs, 'edited');
      const fed = await walk(connector, feed(before));
      expect([...fed.known.keys()]).toEqual(expect.arrayContaining([own, theirs]));
      const full = await walk(connector);
      expect(full.known.get(own)).toMatchObject({ state: 'present' });
      for (const { gaps, known } of [fed, full]) {
        expect(gaps).toMatchObject([{ externalId: null, name: 'Shared drives', code }]);
        expect([...known.values()].filter(({ state }) => state === 'deleted')).toEqual([]);
      }
      expect(google.log.calls.length).toBeLessThan(80);
    },
  );

  test('whose list is refused like everything else is waited for', async () => {
    const connector = connectorOf();
    google.faults.add({ path: '/drive/v3/', then: portal });
    await expect(walk(connector)).rejects.toMatchObject({ code: 'unexpected_answer', remedy: 'retry' });
  });

  test('a refused start position of its log concerns only that drive', async () => {
    const [bad, good] = [account.addSharedDrive('Bad'), account.addSharedDrive('Good')];
    const kept = account.addFile({ name: 'a.md', parent: good });
    google.faults.add({ path: 'startPageToken$', query: { driveId: bad }, then: problem(403, 'forbidden') });
    const { known, gaps, end } = await walk(connectorOf());
    expect(known.get(kept)).toMatchObject({ state: 'present' });
    expect(gaps).toEqual([expect.objectContaining({ externalId: bad, name: 'Bad' })]);
    // Without a position it is new to the next feed, which lists all of it.
    google.faults.clear();
    const late = account.addFile({ name: 'b.md', parent: bad });
    expect(
      (await walk(connectorOf(), { at: 'checkpoint', checkpoint: end.checkpoint as Checkpoint })).known.get(late),
    ).toMatchObject({ state: 'present' });
  });
});

test('a selected folder of a shared drive that refuses the position of its log is listed, and everything again next time', async () => {
  const drive = account.addSharedDrive('Team');
  const folder = account.addFolder('Plans', drive);
  const file = account.addFile({ name: 'a.md', content: 'a', parent: folder });
  google.faults.add({ path: 'startPageToken$', query: { driveId: drive }, then: problem(403, 'forbidden') });
  const { known, gaps } = await walk(connectorOf({ folders: [folder] }));
  expect(known.get(file)).toMatchObject({ state: 'present' });
  expect(gaps).toEqual([expect.objectContaining({ externalId: null, name: drive })]);
});

test('a selected folder that answers late once is listed; in an outage the job waits', async () => {
  const folder = account.addFolder('Plans');
  const file = account.addFile({ name: 'a.md', parent: folder });
  google.faults.add({ path: `/files/${folder}$`, times: 1, then: problem(503, 'backendError') });
  const connector = connectorOf({ folders: [folder] });
  const { known, gaps } = await walk(connector);
  expect(known.get(file)).toMatchObject({ state: 'present' });
  expect(gaps).toEqual([]);
  google.faults.add({ path: `/files/${folder}$|/about$`, then: problem(503, 'backendError') });
  await expect(walk(connector)).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
});

describe('a listing', () => {
  test('of one container continues past a folder that is refused, and names it', async () => {
    const top = account.addFolder('Top');
    const [bad, good] = [account.addFolder('Bad', top), account.addFolder('Good', top)];
    account.addFile({ name: 'in bad.md', parent: bad });
    const kept = account.addFile({ name: 'in good.md', parent: good });
    google.faults.add({
      path: '/files$',
      then: { rewrite: (answer, { query }) => (query['q']?.includes(bad) === true ? '<html>' : answer) },
    });
    const { known, gaps } = await walk(connectorOf(), { at: 'container', externalId: top });
    expect(known.get(kept)).toMatchObject({ state: 'present' });
    expect(gaps).toEqual([expect.objectContaining({ externalId: bad, name: 'Bad' })]);
  });

  test.each([
    ['of none', 0],
    ['of some', 2],
  ])(
    'of several folders at once that contains the files %s of them, without a word, is not believed',
    async (_, maxParents) => {
      const folders = ['One', 'Two', 'Three', 'Empty'].map((name) => account.addFolder(name));
      const files = folders.slice(0, 3).map((parent) => account.addFile({ name: 'a.md', parent }));
      const deep = account.addFile({ name: 'b.md', parent: account.addFolder('Deep', folders[2]) });
      google.switches.maxParents = maxParents;
      google.switches.maxPage = 1;
      const { known, gaps } = await walk(connectorOf({ folders }));
      expect([...known.keys()]).toEqual(expect.arrayContaining([...files, deep]));
      expect(gaps).toEqual([]);
      expect(google.log.total).toBeLessThan(30);
    },
  );

  test('waits for a folder that fails in a burst', async () => {
    const folders = ['One', 'Two'].map((name) => account.addFolder(name));
    const files = folders.map((parent) => account.addFile({ name: 'a.md', parent }));
    const isOfTwo = ({ query }: SimulatedCall): boolean => query['q']?.includes(folders[1] ?? '') === true;
    // Once together with the other folder, then alone.
    google.faults.add({ path: '^/drive/v3/files$', times: 5, when: isOfTwo, then: problem(503, 'backendError') });
    const { known, gaps } = await walk(connectorOf({ folders }));
    expect(gaps).toEqual([]);
    expect(files.map((id) => known.has(id))).toEqual([true, true]);
  });

  test.each([
    ['at once if the wait is long', 3600, false],
    ['after repeated refusals', 5, true],
  ])('continues past a folder that is limited, %s, and names it', async (_when, seconds, isRefusedRepeatedly) => {
    const folders = ['One', 'Two', 'Three'].map((name) => account.addFolder(name));
    const files = folders.map((parent, i) => account.addFile({ name: `${i}.md`, content: 'x', parent }));
    const bad = folders[1] ?? '';
    google.faults.add({
      path: '^/drive/v3/files$',
      when: ({ query }) => query['q']?.includes(bad) === true,
      then: { ...problem(429, 'rateLimitExceeded'), headers: { 'retry-after': `${seconds}` } },
    });
    const { known, gaps } = await walk(connectorOf({ folders }, isRefusedRepeatedly));
    expect(gaps).toEqual([expect.objectContaining({ externalId: bad, name: 'Two', retryAfterMs: seconds * 1000 })]);
    expect(files.map((id) => known.has(id))).toEqual([true, false, true]);
  });

  test('of one container whose inner folder was deleted in the meantime goes on: only that folder is deleted', async () => {
    const top = account.addFolder('Top');
    const lost = account.addFolder('Lost', top);
    const kept = account.addFile({ name: 'a.md', parent: account.addFolder('Kept', top) });
    const connector = connectorOf();
    const first = await connector.listPage({ at: 'container', externalId: top }, calm);
    account.delete(lost);
    if (!first.next.more) throw new Error('one page only');
    const rest = await walk(connector, { at: 'cursor', cursor: first.next.cursor });
    expect(rest.known.get(kept)).toMatchObject({ state: 'present' });
    expect(rest.gaps).toEqual([]);
  });

  test('that Google marks as incomplete is a gap: of the drive concerned, or of everything if it concerns the account', async () => {
    const drive = account.addSharedDrive('Harbour');
    const incomplete: FaultEffect = { rewrite: (answer) => ({ ...(answer as object), incompleteSearch: true }) };
    google.faults.add({ path: '/files$', query: { driveId: drive }, then: incomplete });
    const ofDrive = await walk(connectorOf());
    expect(ofDrive.gaps).toEqual([expect.objectContaining({ externalId: drive, code: 'incomplete_search' })]);
    expect(ofDrive.end.complete).toBe(true);
    google.switches.incompleteSearch = true;
    const ofAll = await walk(connectorOf());
    expect(ofAll.gaps).toContainEqual(expect.objectContaining({ externalId: null }));
    expect(ofAll.end.complete).toBe(false);
  });

  test.each(['the same token', 'ever other tokens', 'ever other tokens and nothing on the pages'])(
    'that never ends, with %s, is stopped with an error that says so',
    async (how) => {
      account.addFile({ name: 'a.md' });
      google.switches.acceptsAnyToken = true;
      let page = 0;
      const rewrite = (answer: unknown) => ({
        ...(answer as object),
        nextPageToken: how === 'the same token' ? 'again' : `page ${page++}`,
        ...(how.endsWith('pages') ? { files: [] } : {}),
      });
      google.faults.add({ path: '/files$', then: { rewrite } });
      await expect(walk(connectorOf())).rejects.toMatchObject({ code: 'endless_listing', remedy: 'stop_job' });
      expect(google.log.total).toBeLessThan(420);
    },
  );

  test('a file with unreadable facts is a gap by itself, and is listed again by its id', async () => {
    const [bad, good] = [account.addFile({ name: 'bad.md' }), account.addFile({ name: 'good.md' })];
    const broken = (answer: unknown) => {
      const list = answer as { files: { id: string; mimeType: unknown }[] };
      return { ...list, files: list.files.map((file) => (file.id === bad ? { ...file, mimeType: 4711 } : file)) };
    };
    google.faults.add({ path: '/files$', then: { rewrite: broken } });
    const connector = connectorOf();
    const { known, gaps } = await walk(connector);
    expect(known.get(good)).toMatchObject({ state: 'present' });
    expect(gaps).toEqual([expect.objectContaining({ externalId: bad, name: 'bad.md' })]);
    expect((await walk(connector, { at: 'container', externalId: bad })).known.get(bad)).toMatchObject({
      name: 'bad.md',
    });
  });
});

describe('the feed', () => {
  test('a change without its file is looked up, never taken for a deletion', async () => {
    const [kept, trashed] = [account.addFile({ name: 'kept.md' }), account.addFile({ name: 'trashed.md' })];
    const connector = connectorOf();
    const before = await walk(connector);
    account.update(kept, 'edited');
    account.trash(trashed);
    const withoutFiles = (answer: unknown) => {
      const list = answer as { changes: { file?: unknown }[] };
      return { ...list, changes: list.changes.map(({ file: _file, ...change }) => change) };
    };
    google.faults.add({ path: '/changes$', then: { rewrite: withoutFiles } });
    const reported = await walk(connector, feed(before));
    expect(reported.known.get(kept)).toMatchObject({ state: 'present' });
    expect(deletedIn(reported)).toEqual([trashed]);
  });

  test('a change that cannot be read at all keeps the position unchanged', async () => {
    const id = account.addFile({ name: 'a.md' });
    const connector = connectorOf();
    const before = await walk(connector);
    account.delete(id);
    google.faults.add({
      path: '/changes$',
      then: { rewrite: (answer) => ({ ...(answer as object), changes: [null] }) },
    });
    const reported = await walk(connector, feed(before));
    expect(reported.gaps).toEqual([expect.objectContaining({ externalId: null, code: 'unexpected_answer' })]);
    google.faults.clear();
    expect(deletedIn(await walk(connector, feed(reported)))).toEqual([id]);
  });
});

describe('case 15: files shared by others', () => {
  test('a folder adds its contents, in the full listing and through the feed', async () => {
    const folder = other.addFolder('Dredging');
    const inner = other.addFolder('2026', folder);
    const [file, deep] = [
      other.addFile({ name: 'a.md', parent: folder }),
      other.addFile({ name: 'b.md', parent: inner }),
    ];
    const connector = connectorOf();
    const before = await walk(connector);
    other.share(folder, account);
    const reported = await walk(connector, feed(before));
    expect(reported.known.get(folder)).toMatchObject({ state: 'container', name: 'Dredging' });
    // The engine does this with a container that is new to it.
    const within = await walk(connector, { at: 'container', externalId: folder });
    const full = await walk(connector);
    for (const { known } of [within, full]) {
      expect(known.get(file)).toMatchObject({ state: 'present', parentExternalId: folder });
      expect(known.get(deep)).toMatchObject({ state: 'present', parentExternalId: inner });
    }
    expect(await connector.lookUp([file, deep], calm)).toEqual([
      expect.objectContaining({ state: 'present', externalId: file }),
      expect.objectContaining({ state: 'present', externalId: deep }),
    ]);
  });

  test('a file that was opened there is listed once, and the folder is requested once', async () => {
    const folder = other.addFolder('Dredging');
    const file = other.addFile({ name: 'a.md', parent: folder });
    other.share(folder, account);
    account.open(file);
    const { known } = await walk(connectorOf());
    expect(known.get(file)).toMatchObject({ state: 'present', parentExternalId: folder });
    const within = google.log.calls.filter(({ query }) => query['q']?.includes(folder) === true);
    expect(within).toHaveLength(1);
  });

  test('a file that leaves the account’s list stays if its folder still shows it, in the feed as in a full listing', async () => {
    const folder = other.addFolder('Dredging');
    const file = other.addFile({ name: 'a.md', parent: folder });
    for (const id of [folder, file]) other.share(id, account);
    const connector = connectorOf();
    const before = await walk(connector);
    other.unshare(file, account);
    for (const from of [feed(before), { at: 'start' }] as const)
      expect((await walk(connector, from)).known.get(file)).toMatchObject({
        state: 'present',
        parentExternalId: folder,
      });
    other.unshare(folder, account);
    expect(deletedIn(await walk(connector, feed(before)))).toEqual(expect.arrayContaining([folder, file]));
  });

  test('the account’s own shortcut to somebody’s folder is followed; one within what they share is not', async () => {
    const [folder, further] = [other.addFolder('By link'), other.addFolder('Further')];
    const file = other.addFile({ name: 'a.md', parent: folder });
    const hidden = other.addFile({ name: 'b.md', parent: further });
    for (const id of [folder, further]) other.shareByLink(id);
    const [own, theirs] = [account.addShortcut('to it', folder), other.addShortcut('on', further, folder)];
    const connector = connectorOf();
    const { known } = await walk(connector);
    expect(known.get(own)).toMatchObject({ skip: { code: 'shortcut' } });
    expect(known.get(folder)).toMatchObject({ state: 'container', name: 'By link' });
    expect(known.get(file)).toMatchObject({ state: 'present', parentExternalId: folder });
    expect(known.get(theirs)).toMatchObject({ skip: { code: 'shortcut_to_folder' } });
    expect(known.has(hidden)).toBe(false);
    const alone = await walk(connectorOf({ includeSharedWithMe: false }));
    expect(alone.known.has(file)).toBe(false);
  });

  test('through the feed the account’s own shortcut to a folder adds that folder', async () => {
    const folder = other.addFolder('By link');
    other.shareByLink(folder);
    const connector = connectorOf();
    const before = await walk(connector);
    account.addShortcut('to it', folder);
    expect((await walk(connector, feed(before))).known.get(folder)).toMatchObject({ state: 'container' });
  });

  test('circular shortcuts end', async () => {
    const [mine, theirs] = [account.addFolder('Mine'), other.addFolder('Theirs')];
    other.shareByLink(theirs);
    account.addShortcut('to theirs', theirs, mine);
    account.addShortcut('to mine', mine, theirs);
    const { known } = await walk(connectorOf());
    expect(known.get(theirs)).toMatchObject({ state: 'container' });
    expect(google.log.total).toBeLessThan(20);
  });

  test('a shortcut whose target does not answer fails no page, and its target is kept', async () => {
    const target = other.addFile({ name: 'by link.md' });
    other.shareByLink(target);
    const [shortcut, mine] = [account.addShortcut('to it', target), account.addFile({ name: 'a.md' })];
    google.faults.add({ path: `/files/${target}$`, then: problem(500, 'backendError') });
    const { known, gaps } = await walk(connectorOf());
    expect([...known.keys()]).toEqual(expect.arrayContaining([shortcut, mine]));
    expect(gaps).toEqual([expect.objectContaining({ externalId: target })]);
  });
});

test('shortcuts whose targets all fail are waited for at first; if they keep failing, they stop nothing else', async () => {
  const targets = Array.from({ length: 5 }, (_, i) => other.addFile({ name: `${i}.md` }));
  for (const target of targets) {
    other.shareByLink(target);
    account.addShortcut('to it', target);
    google.faults.add({ path: `/files/${target}$`, then: problem(500, 'backendError') });
  }
  const mine = account.addFile({ name: 'a.md' });
  await expect(walk(connectorOf())).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
  const { known, gaps, end } = await walk(connectorOf({}, true));
  expect(known.get(mine)).toMatchObject({ state: 'present' });
  expect(new Set(gaps.map(({ externalId }) => externalId))).toEqual(new Set(targets));
  expect(end.complete).toBe(true);
  google.faults.add({ path: '/about$', then: problem(500, 'backendError') });
  await expect(walk(connectorOf({}, true))).rejects.toMatchObject({ kind: 'unavailable', remedy: 'retry' });
});

describe('a look-up', () => {
  test('applies the scope of a listing, and looks up many at once', async () => {
    const drive = account.addSharedDrive('Harbour');
    const [mine, shared] = [account.addFile({ name: 'a.md' }), account.addFile({ name: 'b.md', parent: drive })];
    const deleted = account.addFile({ name: 'c.md' });
    account.delete(deleted);
    const connector = connectorOf({ includeSharedDrives: false });
    expect(connector.lookUpBatchSize).toBeGreaterThan(50);
    const entries = await connector.lookUp([mine, shared, deleted], calm);
    expect(entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ state: 'present', externalId: mine }),
        { state: 'deleted', externalId: shared },
        { state: 'deleted', externalId: deleted },
      ]),
    );
  });

  test('that refuses one file is a gap for that file', async () => {
    const [bad, good] = [account.addFile({ name: 'a.md' }), account.addFile({ name: 'b.md' })];
    google.faults.add({ path: `/files/${bad}$`, then: problem(500, 'backendError') });
    const entries = await connectorOf().lookUp([bad, good], calm);
    expect(entries).toContainEqual(expect.objectContaining({ state: 'gap', externalId: bad }));
    expect(entries).toContainEqual(expect.objectContaining({ state: 'present', externalId: good }));
  });
});

test('a resource key that no header can contain is not sent, and affects nothing else', async () => {
  const target = other.addFile({ name: 'by link.md', content: 'x' });
  other.shareByLink(target);
  const [shortcut, mine] = [account.addShortcut('to it', target), account.addFile({ name: 'a.md', content: 'y' })];
  const odd = { resourceKey: 'Schlüssel →', shortcutDetails: { targetId: target, targetResourceKey: '0\r\nx: y' } };
  const rewrite = (answer: unknown) => {
    const { files, ...rest } = answer as { readonly files: readonly { readonly id: string }[] };
    return {
      ...rest,
      files: files.map((file) => ({ ...file, ...(file.id === shortcut ? odd : { resourceKey: odd.resourceKey }) })),
    };
  };
  google.faults.add({ path: '/drive/v3/files$', then: { rewrite } });
  const connector = connectorOf();
  const listed = await walk(connector);
  expect([...listed.known.keys()]).toEqual(expect.arrayContaining([target, shortcut, mine]));
  expect(listed.gaps).toEqual([]);
  expect((await connector.fetch(itemIn(listed, mine), calm)).bytes).toHaveLength(1);
});

test('a shortcut whose target has an id that no address can contain affects nothing else', async () => {
  const target = account.addFile({ name: 'a.md' });
  const shortcut = account.addShortcut('to it', target);
  const halved = (answer: unknown): unknown =>
    JSON.parse(JSON.stringify(answer).replaceAll(`"targetId":"${target}"`, '"targetId":"x\\ud800"'));
  google.faults.add({ path: '/drive/v3/files', then: { rewrite: halved } });
  const { known, gaps } = await walk(connectorOf());
  expect([...known.keys()]).toEqual(expect.arrayContaining([target, shortcut]));
  expect(gaps).toEqual([expect.objectContaining({ externalId: 'x\ud800', code: 'id_not_storable' })]);
});

test('a folder whose list Drive calls incomplete is a gap, not a smaller folder', async () => {
  const folder = other.addFolder('Boats');
  const [seen, missed] = ['a.md', 'b.md'].map((name) => other.addFile({ name, parent: folder }));
  other.share(folder, account);
  const rewrite = (answer: unknown) => {
    const { files, ...rest } = answer as { readonly files: readonly { readonly id: string }[] };
    return { ...rest, files: files.filter(({ id }) => id !== missed), incompleteSearch: true };
  };
  const isOfFolder = ({ query }: { readonly query: Readonly<Record<string, string>> }): boolean =>
    query['q']?.includes('in parents') === true;
  google.faults.add({ path: '/drive/v3/files$', when: isOfFolder, then: { rewrite } });
  for (const from of [{ at: 'start' }, { at: 'container', externalId: folder }] as const) {
    const { known, gaps } = await walk(connectorOf(), from);
    expect(known.get(seen ?? '')).toMatchObject({ state: 'present' });
    expect(gaps).toEqual([expect.objectContaining({ externalId: folder, name: 'Boats', code: 'incomplete_search' })]);
  }
});

test('a quota that Google says is of this file concerns this file, whatever reason it gives', async () => {
  const id = account.addFile({ name: 'a.md' });
  const connector = connectorOf();
  const listed = await walk(connector);
  const message = 'The download quota for this file has been exceeded.';
  const body = { error: { code: 403, message, errors: [{ domain: 'usageLimits', reason: 'quotaExceeded' }] } };
  google.faults.add({ path: `/files/${id}$`, query: { alt: 'media' }, then: { status: 403, body } });
  await expect(connector.fetch(itemIn(listed, id), calm)).rejects.toMatchObject({ scope: 'item', remedy: 'defer' });
});
