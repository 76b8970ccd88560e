/** A Google Drive through the real workflow: promises P3 to P5, P7 and P11, seen from outside. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';
import { listJobItems } from '../../db/jobs/job-queries.ts';
import { updateDataSource } from '../../db/sources/data-sources.ts';
import { contentOf, notesOf, skippedOf, titlesOf } from '../harness/state.ts';

let headwater: TestHeadwater;
beforeAll(async () => {
  headwater = await startHeadwater({ openai: true });
});
afterAll(async () => await headwater[Symbol.asyncDispose]());

let user: string;
let account: GoogleAccount;
let dataSourceId: string;
beforeEach(async () => {
  user = `user-${randomUUID()}`;
  account = headwater.google.state.account(`${user}@example.com`);
  dataSourceId = await headwater.createDrive(user, account.email);
});

async function sync(
  jobType: 'full_sync' | 'delta' | 'incremental' | 'manual' = 'delta',
  externalIds?: readonly string[],
) {
  const result = await headwater.sync({ dataSourceId, jobType, ...(externalIds === undefined ? {} : { externalIds }) });
  return { ...result, job: await headwater.job(user, result.jobId) };
}

async function gapsIn(jobId: string | null) {
  return await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('jobGaps')
        .select(['name', 'code'])
        .where('jobId', '=', jobId ?? '')
        .execute(),
  );
}

function longText(paragraphs: number): string {
  return Array.from(
    { length: paragraphs },
    (_, i) => `Paragraph ${i} tells of ${'ships and harbours '.repeat(12)}and of number ${i * 7919}.`,
  ).join('\n\n');
}

test('the first plan of a source names its items with their folders, as the sync does', async () => {
  const inner = account.addFolder('inner', account.addFolder('outer'));
  account.addFile({ name: 'Minutes.md', content: 'x', parent: inner });
  account.addFile({ name: 'Form', mimeType: 'application/vnd.google-apps.form', parent: inner });
  const pathsOf = async (dryRun: boolean) => {
    const { jobId } = await headwater.sync({ dataSourceId, jobType: 'full_sync', dryRun });
    const items = await headwater.as(user, async (trx) => await listJobItems(trx, jobId ?? '', {}, 10));
    return new Set(items.map(({ path }) => path));
  };
  const planned = await pathsOf(true);
  expect(planned).toEqual(new Set(['My Drive/outer/inner/Form', 'My Drive/outer/inner/Minutes.md']));
  expect(await pathsOf(false)).toEqual(planned);
});

describe('a first full sync', () => {
  test('stores every readable file with its path, and says why the others were skipped', async () => {
    const plans = account.addFolder('Plans');
    const note = account.addFile({ name: 'Größe & Ñandú.md', content: '# Note\n\nhello', parent: plans });
    account.addFile({
      name: 'Doc',
      mimeType: 'application/vnd.google-apps.document',
      content: 'native text',
      parent: plans,
    });
    account.addFile({ name: 'Form', mimeType: 'application/vnd.google-apps.form' });
    account.addFile({ name: 'photo.png', mimeType: 'image/png', content: 'x' });
    account.addShortcut('to note', note);
    const drive = account.addSharedDrive('Team');
    account.addFile({ name: 'Team.md', content: 'team text', parent: drive });

    const { status, job } = await sync('full_sync');

    expect(status).toBe('completed');
    expect(job).toMatchObject({ found: 6, created: 3, skipped: 3, failed: 0, unchanged: 0, removed: 0 });
    expect(await titlesOf(headwater, user)).toEqual([
      'My Drive/Plans/Doc',
      'My Drive/Plans/Größe & Ñandú.md',
      'Team/Team.md',
    ]);
    expect(await skippedOf(headwater, user)).toEqual([
      { name: 'Form', lastErrorCode: 'not_exportable' },
      { name: 'photo.png', lastErrorCode: 'unsupported_type' },
      { name: 'to note', lastErrorCode: 'shortcut' },
    ]);
  });

  test('exports a document over the 10 MB limit in a smaller format, and says what that lacks', async () => {
    account.addFile({
      name: 'Slides',
      mimeType: 'application/vnd.google-apps.presentation',
      content: 'slide text',
      tooLargeAs: ['application/vnd.openxmlformats-officedocument.presentationml.presentation'],
      hasNoLinks: true,
    });
    const { job } = await sync('full_sync');
    expect(job).toMatchObject({ created: 1, failed: 0, skipped: 0 });
    expect(await notesOf(headwater, user)).toEqual([[expect.objectContaining({ code: 'read_in_part' })]]);
    expect(await contentOf(headwater, user)).toEqual({ 'My Drive/Slides': 'slide text' });
  });
});

describe('an unchanged account (P5)', () => {
  test('costs only a listing: no download, no embedding call', async () => {
    for (let i = 0; i < 30; i++) account.addFile({ name: `${i}.md`, content: `text ${i}` });
    await sync('full_sync');
    headwater.google.log.clear();
    const inputs = headwater.openai.counts.inputs;

    const { job } = await sync('full_sync');

    expect(job).toMatchObject({ found: 30, unchanged: 30, created: 0, updated: 0 });
    expect(headwater.openai.counts.inputs).toBe(inputs);
    expect(headwater.google.log.calls.filter((call) => call.query['alt'] === 'media')).toEqual([]);
  });

  test('with an empty feed requests only the drives and the changes', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    await sync('full_sync');
    headwater.google.log.clear();
    const { job } = await sync('delta');
    expect(job).toMatchObject({ mode: 'feed', found: 0, status: 'completed' });
    expect(headwater.google.log.counts()).toEqual({ 'GET /drive/v3/drives': 1, 'GET /drive/v3/changes': 1 });
  });

  test('listed completely starts no page workflow and writes no ledger rows; differences go through both', async () => {
    const ids = Array.from({ length: 9 }, (_, i) => account.addFile({ name: `n${i}.md`, content: `number ${i}` }));
    headwater.google.switches.maxPage = 4;
    await sync('full_sync');
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    const { jobId } = await handle.result();
    const count = await headwater.job(user, jobId);
    expect(count).toMatchObject({ found: count.unchanged, created: 0, updated: 0 });
    const pages = headwater.temporal.workflow.getHandle(`${handle.workflowId}/page/1`).describe();
    await expect(pages).rejects.toThrow(/not found/i);
    expect(await ledgerOf(jobId)).toBe(0);

    account.rename(ids[0] ?? '', 'renamed.md');
    account.update(ids[1] ?? '', 'changed');
    const again = await sync('full_sync');
    headwater.google.switches.maxPage = 1000;
    expect(again.job).toMatchObject({ updated: 2, unchanged: count.unchanged - 2, failed: 0 });
    expect(await ledgerOf(again.jobId)).toBe(2);
  });
});

describe('pages without changes', () => {
  beforeEach(async () => {
    for (let i = 0; i < 10; i++) account.addFile({ name: `p${i}.md`, content: `page of ${i}` });
    await sync('full_sync');
    headwater.google.log.clear();
    headwater.google.switches.maxPage = 2;
  });
  afterEach(() => {
    headwater.google.faults.clear();
    headwater.google.switches.maxPage = 1000;
  });

  test('are listed by one activity, each requested once, and no other work is listed where there is none', async () => {
    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    const { jobId } = (await handle.result()) as { readonly jobId: string };

    expect(await headwater.job(user, jobId)).toMatchObject({ found: 10, unchanged: 10, status: 'completed' });
    expect(headwater.google.log.counts()['GET /drive/v3/files']).toBe(5);
    expect(await stepsOf(handle.workflowId)).toEqual(['openJob', 'listPage', 'closeJob']);
  });

  test('need two activities if the feed reports no change, and a few changes need five', async () => {
    const unchanged = await headwater.start({ dataSourceId, jobType: 'incremental' });
    await unchanged.result();
    expect(await stepsOf(unchanged.workflowId)).toEqual(['openJob', 'closeJob']);

    const [edited, deleted] = account.truth();
    account.update(edited?.id ?? '', 'edited text');
    account.delete(deleted?.id ?? '');
    const changed = await headwater.start({ dataSourceId, jobType: 'incremental' });
    const { jobId } = (await changed.result()) as { readonly jobId: string };

    expect(await headwater.job(user, jobId)).toMatchObject({ updated: 1, removed: 1, status: 'completed' });
    expect(await stepsOf(changed.workflowId)).toEqual(['openJob', 'closeJob']);
    expect(await stepsOf(`${changed.workflowId}/page/1`)).toEqual(['downloadBatch', 'transformBatch', 'embedBatch']);
  });

  test('do not hide a changed page among them', async () => {
    account.update(account.truth()[5]?.id ?? '', 'another text');

    const { job } = await sync('full_sync');

    expect(job).toMatchObject({ found: 10, unchanged: 9, updated: 1, removed: 0, status: 'completed' });
  });

  test('stay recorded when the request for the next one fails', async () => {
    headwater.google.faults.add({ path: '^/drive/v3/files$', skip: 3, times: 1, then: { status: 500 } });

    const handle = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    const { jobId } = (await handle.result()) as { readonly jobId: string };

    expect(await headwater.job(user, jobId)).toMatchObject({ found: 10, unchanged: 10, status: 'completed' });
    expect(headwater.google.log.counts()['GET /drive/v3/files']).toBe(6);
    expect((await stepsOf(handle.workflowId)).filter((name) => name === 'listPage')).toHaveLength(2);
  });

  /** The activities of a job, in order. */
  async function stepsOf(workflowId: string): Promise<string[]> {
    const { events } = await headwater.temporal.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  }
});

describe('what is embedded (P5)', () => {
  test('of a long document with one changed paragraph are only that paragraph’s chunks', async () => {
    const text = longText(120);
    const id = account.addFile({ name: 'long.md', content: text });
    await sync('full_sync');
    const before = headwater.openai.counts.inputs;
    account.update(id, text.replace('Paragraph 60 tells of', 'Paragraph 60, now rewritten, tells of'));

    const { job } = await sync('delta');

    expect(job).toMatchObject({ updated: 1 });
    const embedded = headwater.openai.counts.inputs - before;
    expect(embedded).toBeGreaterThanOrEqual(1);
    expect(embedded).toBeLessThanOrEqual(3);
    expect((await contentOf(headwater, user))['My Drive/long.md']).toContain('Paragraph 60, now rewritten');
  });

  test('for the same text in many files of one name is one text for one user', async () => {
    const text = `one text ${randomUUID()}`;
    for (let i = 0; i < 130; i++)
      account.addFile({ name: 'copy.md', content: text, parent: account.addFolder(`folder ${i}`) });
    const before = headwater.openai.counts.inputs;
    const { job } = await sync('full_sync');
    expect(job).toMatchObject({ created: 130 });
    expect(headwater.openai.counts.inputs - before).toBe(1);
  });

  test('is embedded again for a renamed file, whose title is part of the text, without a download', async () => {
    const id = account.addFile({ name: 'old.md', content: 'the text' });
    await sync('full_sync');
    const before = headwater.openai.counts.inputs;
    headwater.google.log.clear();
    account.rename(id, 'new.md');
    const { job } = await sync('delta');
    expect(job).toMatchObject({ updated: 1 });
    expect(headwater.openai.counts.inputs).toBe(before + 1);
    expect(headwater.google.log.calls.filter((call) => call.query['alt'] === 'media')).toEqual([]);
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/new.md']);
  });
});

describe('the change feed', () => {
  test('applies new, changed, removed and trashed files', async () => {
    const [kept, changed, deleted, trashed] = ['kept', 'changed', 'deleted', 'trashed'].map((name) =>
      account.addFile({ name: `${name}.md`, content: `text of ${name}` }),
    ) as [string, string, string, string];
    await sync('full_sync');
    account.update(changed, 'another text');
    account.delete(deleted);
    account.trash(trashed);
    account.addFile({ name: 'new.md', content: 'new text' });

    const { job } = await sync('delta');

    expect(kept).toBeDefined();
    expect(job).toMatchObject({ mode: 'feed', found: 4, created: 1, updated: 1, removed: 2 });
    expect(await contentOf(headwater, user)).toEqual({
      'My Drive/kept.md': 'text of kept',
      'My Drive/changed.md': 'another text',
      'My Drive/new.md': 'new text',
    });
  });

  test('removes the files of a trashed folder, and restores them when it leaves the trash', async () => {
    const outer = account.addFolder('outer');
    const inner = account.addFolder('inner', outer);
    account.addFile({ name: 'deep.md', content: 'deep', parent: inner });
    account.addFile({ name: 'beside.md', content: 'beside' });
    await sync('full_sync');

    account.trash(outer);
    expect((await sync('delta')).job).toMatchObject({ removed: 1 });
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/beside.md']);

    account.untrash(outer);
    expect((await sync('delta')).job).toMatchObject({ created: 1 });
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/beside.md', 'My Drive/outer/inner/deep.md']);
  });

  test('moves the paths of everything in a moved folder, without a download', async () => {
    const a = account.addFolder('a');
    const b = account.addFolder('b');
    const inner = account.addFolder('inner', a);
    account.addFile({ name: 'deep.md', content: 'deep', parent: inner });
    await sync('full_sync');
    headwater.google.log.clear();
    account.move(inner, b);
    await sync('delta');
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/b/inner/deep.md']);
    expect(headwater.google.log.calls.filter((call) => call.query['alt'] === 'media')).toEqual([]);
  });

  test('treats lost access as a deletion, and removes all files of a shared drive that was left', async () => {
    const other = headwater.google.state.account(`other-${user}@example.com`);
    const shared = other.addFile({ name: 'shared.md', content: 'shared' });
    other.share(shared, account);
    const drive = account.addSharedDrive('Team');
    account.addFile({ name: 'team.md', content: 'team', parent: drive });
    account.addFile({ name: 'own.md', content: 'own' });
    await sync('full_sync');
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/own.md', 'Team/team.md', 'shared.md']);
    other.unshare(shared, account);
    account.leaveSharedDrive(drive);
    expect((await sync('delta')).job).toMatchObject({ removed: 2 });
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/own.md']);
  });

  test('keeps what the account can still read of a folder and of a drive to which it lost access', async () => {
    const other = headwater.google.state.account(`other-${user}@example.com`);
    const folder = other.addFolder('Theirs');
    account.addFile({ name: 'mine.md', content: 'mine', parent: folder });
    const shared = other.addFile({ name: 'shared too.md', content: 'shared', parent: folder });
    other.addFile({ name: 'theirs.md', content: 'theirs', parent: folder });
    const drive = account.addSharedDrive('Team');
    const fromDrive = account.addFile({ name: 'from the drive.md', content: 'direct', parent: drive });
    account.addFile({ name: 'team.md', content: 'team', parent: drive });
    for (const id of [folder, shared]) other.share(id, account);
    account.share(fromDrive, account);
    account.addFile({ name: 'elsewhere.md', content: 'elsewhere' });
    await sync('full_sync');
    expect(await titlesOf(headwater, user)).toHaveLength(6);

    other.unshare(folder, account);
    account.leaveSharedDrive(drive);

    expect((await sync('delta')).job).toMatchObject({ mode: 'feed', status: 'completed', removed: 2 });
    const names = Object.keys(await contentOf(headwater, user)).map((title) => title.split('/').at(-1));
    expect(new Set(names)).toEqual(new Set(['elsewhere.md', 'from the drive.md', 'mine.md', 'shared too.md']));
  });

  test('lists a newly joined shared drive completely', async () => {
    account.addFile({ name: 'own.md', content: 'own' });
    await sync('full_sync');
    const drive = account.addSharedDrive('New team');
    account.addFile({ name: 'team.md', content: 'team', parent: drive });
    expect((await sync('delta')).job).toMatchObject({ created: 1 });
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/own.md', 'New team/team.md']);
  });

  test('with a position that the vendor no longer knows becomes a full listing, and the job says so', async () => {
    const id = account.addFile({ name: 'a.md', content: 'a' });
    account.addFile({ name: 'b.md', content: 'b' });
    await sync('full_sync');
    account.delete(id);
    account.expireTokens();
    const { job } = await sync('delta');
    expect(job).toMatchObject({
      status: 'completed',
      mode: 'full',
      removed: 1,
      unchanged: 1,
      progressData: { fallback: 'checkpoint_expired' },
    });
  });

  test('does not miss changes during a full listing', async () => {
    headwater.google.switches.maxPage = 10;
    for (let i = 0; i < 40; i++) account.addFile({ name: `${i}.md`, content: `text ${i}` });
    const first = account.corpus.order[0] ?? '';
    headwater.google.faults.add({ path: '^/drive/v3/files$', skip: 2, times: 1, then: { delayMs: 300 } });
    const running = sync('full_sync');
    await until(
      () =>
        headwater.google.log.calls.filter((c) => c.path === '/drive/v3/files' && c.account === account.email).length >=
        2,
    );
    account.update(first, 'changed during the walk');
    await running;
    headwater.google.switches.maxPage = 1000;
    headwater.google.faults.clear();
    await sync('delta');
    expect((await contentOf(headwater, user))['My Drive/0.md']).toBe('changed during the walk');
  });
});

describe('a bad item (P3)', () => {
  test('fails alone, with a reason, and the next job retries it automatically', async () => {
    const bad = account.addFile({ name: 'bad.md', content: 'bad at first' });
    for (let i = 0; i < 5; i++) account.addFile({ name: `${i}.md`, content: `text ${i}` });
    headwater.google.faults.add({
      path: `/files/${bad}$`,
      query: { alt: 'media' },
      then: { status: 500, body: 'Internal error' },
    });

    const first = await sync('full_sync');
    expect(first.job).toMatchObject({ status: 'completed', created: 5, failed: 1 });
    headwater.google.faults.clear();

    const second = await sync('delta');
    expect(second.job).toMatchObject({ mode: 'feed', status: 'completed', found: 1, created: 1, failed: 0 });
    expect((await contentOf(headwater, user))['My Drive/bad.md']).toBe('bad at first');
  });

  test('a truncated download is fetched again and never stored', async () => {
    const id = account.addFile({ name: 'cut.md', content: 'the whole text' });
    headwater.google.faults.add({ path: `/files/${id}$`, query: { alt: 'media' }, times: 2, then: { truncate: 0.5 } });
    expect((await sync('full_sync')).job).toMatchObject({ created: 1 });
    expect(await contentOf(headwater, user)).toEqual({ 'My Drive/cut.md': 'the whole text' });
    headwater.google.faults.clear();
  });

  test('that becomes unreadable is no longer found by its old text', async () => {
    const id = account.addFile({ name: 'a.pdf', mimeType: 'text/markdown', content: 'once readable' });
    await sync('full_sync');
    account.update(id, '\n\n \n');
    expect((await sync('delta')).job).toMatchObject({ skipped: 1 });
    expect(await contentOf(headwater, user)).toEqual({});
  });
});

describe('accidental deletions (P4)', () => {
  afterEach(() => {
    headwater.google.faults.clear();
    Object.assign(headwater.google.switches, { emptyListing: false, incompleteSearch: false, maxPage: 1000 });
  });

  test('a suddenly empty listing removes nothing: missing items are looked up by id, and exist', async () => {
    for (let i = 0; i < 40; i++) account.addFile({ name: `${i}.md`, content: `text ${i}` });
    await sync('full_sync');
    headwater.google.switches.emptyListing = true;
    expect((await sync('full_sync')).job).toMatchObject({ status: 'completed', removed: 0, unchanged: 40 });
    expect(Object.keys(await contentOf(headwater, user))).toHaveLength(40);
  });

  test('an account that is suddenly empty loses nothing before a person has decided', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => account.addFile({ name: `${i}.md`, content: `text ${i}` }));
    await sync('full_sync');
    for (const id of ids) account.delete(id);
    const held = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await untilHeld(held);
    expect(Object.keys(await contentOf(headwater, user))).toHaveLength(40);

    await held.executeUpdate('decideRemovals', { args: ['keep'] });
    const result = (await held.result()) as { readonly jobId: string };

    expect(await headwater.job(user, result.jobId)).toMatchObject({
      status: 'completed',
      removed: 0,
      progressData: { removals: { count: 40, of: 40, decision: 'keep' } },
    });
    expect(Object.keys(await contentOf(headwater, user))).toHaveLength(40);
  });

  test('an approved sweep removes deleted items', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => account.addFile({ name: `${i}.md`, content: `text ${i}` }));
    await sync('full_sync');
    for (const id of ids.slice(0, 30)) account.delete(id);
    const held = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await untilHeld(held);
    await expect(held.executeUpdate('decideRemovals', { args: ['maybe'] })).rejects.toThrow();
    await held.executeUpdate('decideRemovals', { args: ['approve'] });
    await held.result();
    expect(Object.keys(await contentOf(headwater, user))).toHaveLength(10);
    expect(await countVectors()).toBe(10);
  });

  test('what a changed config no longer selects is planned, and removed only when a person approves', async () => {
    const [plans, notes] = [account.addFolder('Plans'), account.addFolder('Notes')];
    const deep = account.addFolder('Deep', plans);
    account.addFile({ name: 'a.md', content: 'a', parent: deep });
    const moved = account.addFile({ name: 'b.md', content: 'b', parent: notes });
    account.addFile({ name: 'c.tmp', content: 'c', parent: plans, mimeType: 'text/plain' });
    account.addFile({ name: 'own.md', content: 'own' });
    account.addFile({ name: 'stays.md', content: 'stays', parent: plans });
    await sync('full_sync');
    expect(await titlesOf(headwater, user)).toHaveLength(5);

    const config = { folders: [plans], exclude: ['*.tmp'] };
    await headwater.as(user, async (trx) => await updateDataSource(trx, dataSourceId, { config }));
    const planned = await headwater.sync({ dataSourceId, jobType: 'incremental', dryRun: true });
    expect(await headwater.job(user, planned.jobId)).toMatchObject({
      progressData: { plan: { remove: 3, unchanged: 2, removalsNeedApproval: true } },
    });
    const held = await headwater.start({ dataSourceId, jobType: 'incremental' });
    await untilHeld(held);
    expect(await titlesOf(headwater, user)).toHaveLength(5);
    await held.executeUpdate('decideRemovals', { args: ['approve'] });
    await held.result();
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/Plans/Deep/a.md', 'My Drive/Plans/stays.md']);

    account.move(moved, deep);
    account.addFile({ name: 'new.md', content: 'new', parent: notes });
    expect((await sync('delta')).job).toMatchObject({ mode: 'feed', created: 1, removed: 0 });
    account.move(deep, notes);
    expect((await sync('delta')).job).toMatchObject({ mode: 'feed', removed: 2 });
    account.move(notes, plans);
    expect((await sync('delta')).job).toMatchObject({ mode: 'feed', created: 3, removed: 0 });
    expect(await titlesOf(headwater, user)).toEqual([
      'My Drive/Plans/Notes/Deep/a.md',
      'My Drive/Plans/Notes/Deep/b.md',
      'My Drive/Plans/Notes/new.md',
      'My Drive/Plans/stays.md',
    ]);
  });

  test('a selected folder that the account loses is named, and its files are removed as Google confirms it', async () => {
    const other = headwater.google.state.account(`other-${user}@example.com`);
    const [lost, kept] = [other.addFolder('Lost'), account.addFolder('Kept')];
    other.addFile({ name: 'a.md', content: 'a', parent: lost });
    const own = other.addFile({ name: 'b.md', content: 'b', parent: lost });
    account.addFile({ name: 'c.md', content: 'c', parent: kept });
    other.share(lost, account);
    const config = { folders: [lost, kept] };
    await headwater.as(user, async (trx) => await updateDataSource(trx, dataSourceId, { config }));
    await sync('full_sync');
    expect(await titlesOf(headwater, user)).toHaveLength(3);

    other.unshare(lost, account);
    other.share(own, account);
    const { job, jobId } = await sync('full_sync');
    expect(job).toMatchObject({ status: 'completed', removed: 2, failed: 0 });
    expect(await gapsIn(jobId)).toEqual([{ name: lost, code: 'selected_folder_missing' }]);
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/Kept/c.md']);
    expect(await gapsIn((await sync('delta')).jobId)).toEqual([]);
    other.share(lost, account);
    expect((await sync('full_sync')).job).toMatchObject({ created: 2 });
  });

  test('a file that moved to a folder that cannot be read stays; one that moved out of the selected folders goes', async () => {
    const plans = account.addFolder('Plans');
    const elsewhere = account.addFolder('Elsewhere');
    const [within, out] = ['within.md', 'out.md'].map((name) =>
      account.addFile({ name, content: name, parent: plans }),
    );
    account.addFile({ name: 'stays.md', content: 'stays', parent: plans });
    await headwater.as(
      user,
      async (trx) => await updateDataSource(trx, dataSourceId, { config: { folders: [plans] } }),
    );
    await sync('full_sync');

    const fresh = account.addFolder('Fresh', plans);
    account.move(within ?? '', fresh);
    account.move(out ?? '', elsewhere);
    const withoutFacts = (body: unknown): unknown => {
      const { changes, ...page } = body as { readonly changes: readonly { readonly fileId: string }[] };
      return {
        ...page,
        changes: changes.map((change) => (change.fileId === fresh ? { ...change, file: { id: fresh } } : change)),
      };
    };
    headwater.google.faults.add({ path: '/changes$', then: { rewrite: withoutFacts } });
    headwater.google.faults.add({ path: `/files/${fresh}$`, then: { status: 500 } });
    const refused = await sync('delta');
    headwater.google.faults.clear();
    expect(refused.job).toMatchObject({ status: 'completed', mode: 'feed', removed: 1 });
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/Plans/stays.md', 'My Drive/Plans/within.md']);

    await sync('delta');
    expect(await titlesOf(headwater, user)).toEqual(['My Drive/Plans/Fresh/within.md', 'My Drive/Plans/stays.md']);
  });

  test('a 500 in the middle of a listing removes nothing', async () => {
    headwater.google.switches.maxPage = 10;
    for (let i = 0; i < 40; i++) account.addFile({ name: `${i}.md`, content: `text ${i}` });
    await sync('full_sync');
    headwater.google.faults.add({ path: '^/drive/v3/files$', skip: 1, then: { status: 500, body: '<html>' } });
    const running = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(() => (headwater.google.faults.hits()[0] ?? 0) >= 2);
    await running.cancel();
    await expect(running.result()).rejects.toThrow();
    expect(Object.keys(await contentOf(headwater, user))).toHaveLength(40);
  });

  test('a listing that the vendor calls incomplete is not swept', async () => {
    const ids = Array.from({ length: 3 }, (_, i) => account.addFile({ name: `${i}.md`, content: `text ${i}` }));
    await sync('full_sync');
    account.delete(ids[0] ?? '');
    headwater.google.switches.incompleteSearch = true;
    const { job } = await sync('full_sync');
    expect(job).toMatchObject({ removed: 0, unchanged: 2 });
    expect(Object.keys(await contentOf(headwater, user))).toHaveLength(3);
  });
});

describe('rate limits and sign-in', () => {
  test('a rate limit is respected for as long as the vendor says', async () => {
    account.addFile({ name: 'a.md', content: 'a' });
    headwater.google.faults.add({
      path: '^/drive/v3/files$',
      times: 1,
      then: { status: 429, headers: { 'retry-after': '1' }, body: {} },
    });
    headwater.google.log.clear();
    await sync('full_sync');
    headwater.google.faults.clear();
    const [refused, next] = headwater.google.log.calls.filter(
      (call) => call.path === '/drive/v3/files' && call.account === account.email,
    );
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(950);
  });

  test('an access token that expires during a job is refreshed and the job continues', async () => {
    for (let i = 0; i < 5; i++) account.addFile({ name: `${i}.md`, content: `text ${i}` });
    headwater.google.oauth.expireAccessTokens(account.email);
    expect((await sync('full_sync')).job).toMatchObject({ status: 'completed', created: 5 });
  });

  test('a source that is known to need a sign-in is not read: the job says what to do', async () => {
    await headwater.as(user, async (trx) => await trx.updateTable('dataSources').set({ needsSignIn: true }).execute());
    headwater.google.log.clear();
    const { job } = await sync('full_sync');
    expect(job).toMatchObject({ status: 'failed', errorCode: 'needs_sign_in' });
    expect(job.errorMessage).toMatch(/Connect it again/);
    expect(headwater.google.log.total).toBe(0);
  });
});

test('all of this only reads (P11): no call that changes something at the vendor was made', () => {
  expect(headwater.google.log.mutating()).toEqual([]);
});

async function ledgerOf(jobId: string | null): Promise<number> {
  const rows = await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('jobItems')
        .select('externalId')
        .where('jobId', '=', jobId ?? '')
        .execute(),
  );
  return rows.length;
}

async function countVectors(): Promise<number> {
  const row = await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('embeddings')
        .select((eb) => eb.fn.countAll<string>().as('count'))
        .executeTakeFirstOrThrow(),
  );
  return Number(row.count);
}

async function untilHeld(handle: Awaited<ReturnType<TestHeadwater['start']>>): Promise<void> {
  await until(async () => (await handle.query<{ readonly stage: string }>('progress')).stage === 'held');
}
