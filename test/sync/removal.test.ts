/** P4: deleted items are removed, and never by mistake: missing items are confirmed, and a guard asks a person. */

import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { JobType } from '../../domain/contract.ts';
import { SyncError } from '../../domain/errors.ts';
import { dataSourceId, fill, headwater, runHostileSource, source, sync, user } from '../harness/hostile.ts';
import { contentOf, titlesOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

runHostileSource();

describe('items missing from a complete listing, if single ids can be looked up', () => {
  beforeEach(() => {
    source.manners.lookUpBatchSize = 4;
  });

  test('are removed only if the vendor reports them as deleted; those that still exist stay, with their current facts', async () => {
    fill(12);
    await sync('full_sync');
    for (const id of ['i1', 'i2', 'i3']) source.manners.hides.add(id);
    source.put('i3', 'edited while no listing showed it');
    source.remove('i4');
    source.remove('i5');
    expect(await sync('full_sync')).toMatchObject({
      status: 'completed',
      removed: 2,
      updated: 1,
      unchanged: 9,
      found: 12,
    });
    const held = await contentOf(headwater, user);
    expect(Object.keys(held)).toHaveLength(10);
    expect(held['i3.md']).toBe('edited while no listing showed it');
    // In batches, and only the missing ones
    expect(source.lookUps.map((ids) => ids.toSorted())).toEqual([['i1', 'i2', 'i3', 'i4'], ['i5']]);
  });

  test.each([
    ['a refusal', new SyncError('forbidden', { message: 'Not for you.' })],
    ['an answer that the request is malformed', new SyncError('invalid_input', { message: 'Malformed.' })],
    ['repeatedly no answer', new SyncError('unavailable', { message: 'Try again.' })],
  ])(
    'stay if the answer is %s, without affecting others',
    async (_name, refusal) => {
      fill(12);
      await sync('full_sync');
      for (const id of ['i1', 'i2', 'i3', 'i4', 'i5']) source.remove(id);
      source.manners.refusesToDescribe.set('i3', refusal);
      expect(await sync('full_sync')).toMatchObject({
        status: 'completed',
        removed: 4,
        progressData: { unconfirmed: 1 },
      });
      expect(await titlesOf(headwater, user)).toContain('i3.md');
      // The change feed does not report the deletion again, but the next job asks again, whatever its kind.
      expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 0 });
      source.manners.refusesToDescribe.clear();
      expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 1, mode: 'feed' });
      expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0 });
    },
    60_000,
  );

  test.each([
    ['full_sync', { status: 'completed', removed: 1, created: 1 }],
    ['incremental', { status: 'completed', mode: 'feed', removed: 1, created: 1 }],
  ] as const)(
    'are removed as items by a %s if a folder has taken their place, and what is in it is synced',
    async (jobType, outcome) => {
      fill(3);
      source.put('plans', 'a file of this name', { name: 'plans' });
      await sync('full_sync');
      source.items.delete('plans');
      source.addFolder('plans', 'plans');
      source.put('inside', 'a file in the folder', { parent: 'plans' });
      expect(await sync(jobType)).toMatchObject(outcome);
      expect(await titlesOf(headwater, user)).toEqual(['i0.md', 'i1.md', 'i2.md', 'plans/inside.md']);
    },
  );

  test('that are seen again by a listing are no longer in doubt', async () => {
    fill(12);
    await sync('full_sync');
    source.manners.hides.add('i3');
    source.manners.refusesToDescribe.set('i3', new SyncError('forbidden', { message: 'Not for you.' }));
    await sync('full_sync');
    source.manners.hides.clear();
    source.put('i3', 'edited');
    await sync('incremental');
    const asked = source.lookUps.length;
    expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 0 });
    expect(source.lookUps).toHaveLength(asked);
    expect((await contentOf(headwater, user))['i3.md']).toBe('edited');
  });

  test('stay in doubt when they are tried again, because a failure shows nothing', async () => {
    fill(12);
    const refused = new SyncError('forbidden', { message: 'Not for you.' });
    source.put('broken', 'never read', { fails: refused });
    await sync('full_sync');
    source.manners.hides.add('broken');
    source.manners.refusesToDescribe.set('broken', refused);
    expect(await sync('full_sync')).toMatchObject({ removed: 0, progressData: { unconfirmed: 1 } });
    await confirmAfter('1 hour');
    expect(await sync('incremental')).toMatchObject({ removed: 0, failed: 1 });
    source.manners.refusesToDescribe.clear();
    source.items.delete('broken');
    await confirmAfter('0 s');
    expect(await sync('incremental')).toMatchObject({ mode: 'feed', removed: 1 });
  });

  test('are asked for at once by a retry by hand, however long they would rest', async () => {
    fill(12);
    await sync('full_sync');
    source.remove('i3');
    source.manners.refusesToDescribe.set('i3', new SyncError('forbidden', { message: 'Not for you.' }));
    await sync('full_sync');
    source.manners.refusesToDescribe.clear();
    await confirmAfter('1 hour');
    expect(await sync('incremental')).toMatchObject({ removed: 0 });
    expect(await sync('manual')).toMatchObject({ status: 'completed', removed: 1 });
  });

  async function confirmAfter(wait: string): Promise<void> {
    await asUser(headwater.database.db, user, async (trx) => {
      await sql`update sync_items set confirm_after = now() + ${wait}::interval where missed_by is not null`.execute(
        trx,
      );
    });
  }

  test('are counted by the guard after confirmation: a listing that is far too short asks nobody', async () => {
    fill(60);
    await sync('full_sync');
    source.manners.endsAfter = 5;
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0, unchanged: 60 });
    expect(await titlesOf(headwater, user)).toHaveLength(60);
  });
});

describe('an item without content at the vendor', () => {
  beforeEach(() => {
    source.manners.lookUpBatchSize = 4;
    fill(12);
    source.put('lost', 'never read', { fails: new SyncError('unavailable', { message: 'Try again.', scope: 'item' }) });
  });

  test('is removed by the next job if it was deleted, even if no listing reports the deletion', async () => {
    expect(await sync('full_sync')).toMatchObject({ created: 12, failed: 1 });
    source.items.delete('lost');
    expect(await sync('incremental')).toMatchObject({ mode: 'feed', failed: 1, removed: 0 });
    expect(await sync('incremental')).toMatchObject({ mode: 'feed', failed: 0, removed: 1 });
  });

  test('stays failed if the vendor still shows it, and is then asked for as rarely as it is tried again', async () => {
    source.put('lost', 'never read', { fails: new SyncError('not_found', { message: 'No content.' }) });
    expect(await sync('full_sync')).toMatchObject({ created: 12, failed: 1 });
    expect(await sync('incremental')).toMatchObject({ failed: 1, removed: 0 });
    expect(source.lookUps).toEqual([['lost']]);
    expect(await sync('incremental')).toMatchObject({ failed: 0, removed: 0 });
    expect(source.lookUps).toEqual([['lost']]);
  });

  test('stays without a look-up that could tell', async () => {
    source.manners.lookUpBatchSize = null;
    await sync('full_sync');
    source.items.delete('lost');
    await sync('incremental');
    expect(await sync('incremental')).toMatchObject({ mode: 'feed', removed: 0 });
  });
});

describe('the guard', () => {
  test.each([1, 2, 20])('asks before a source of %s loses everything, whatever the listing says', async (count) => {
    fill(count);
    await sync('full_sync');
    source.manners.endsAfter = 0;
    const decided = await hold('full_sync', 'keep');
    expect(decided).toMatchObject({ status: 'completed', removed: 0 });
    expect(await titlesOf(headwater, user)).toHaveLength(count);
  });

  test('also asks about deletions from a feed; the rest of the feed is synced while it waits', async () => {
    fill(60);
    await sync('full_sync');
    for (let i = 0; i < 30; i++) source.remove(`i${i}`);
    source.put('new', 'new text');
    const job = await headwater.start({ dataSourceId, jobType: 'incremental' });
    await until(async () => (await job.query<{ readonly stage: string }>('progress')).stage === 'held');
    expect(await titlesOf(headwater, user)).toHaveLength(61);
    await job.executeUpdate('decideRemovals', { args: ['approve'] });
    await job.result();
    expect(await titlesOf(headwater, user)).toHaveLength(31);
  });

  test('lets a person keep what a feed deletes: it stays until a full listing asks again', async () => {
    fill(60);
    await sync('full_sync');
    for (let i = 0; i < 30; i++) source.remove(`i${i}`);
    expect(await hold('incremental', 'keep')).toMatchObject({ status: 'completed', removed: 0 });
    expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 0 });
    expect(await titlesOf(headwater, user)).toHaveLength(60);
    expect(await hold('full_sync', 'approve')).toMatchObject({ removed: 30 });
  });

  test('counts the contents of a folder that a feed deletes', async () => {
    source.addFolder('folder', 'Folder');
    source.put('own', 'own text');
    for (let i = 0; i < 40; i++) source.put(`i${i}`, `text ${i}`, { parent: 'folder' });
    await sync('full_sync');
    for (let i = 0; i < 40; i++) source.items.delete(`i${i}`);
    source.removeFolder('folder');
    expect(await hold('incremental', 'keep')).toMatchObject({
      removed: 0,
      progressData: { removals: { count: 40, of: 41, decision: 'keep' } },
    });
  });

  async function hold(jobType: JobType, decision: 'approve' | 'keep') {
    const job = await headwater.start({ dataSourceId, jobType });
    await until(async () => (await job.query<{ readonly stage: string }>('progress')).stage === 'held');
    await job.executeUpdate('decideRemovals', { args: [decision] });
    const { jobId } = (await job.result()) as { readonly jobId: string };
    return await headwater.job(user, jobId);
  }
});

test('an item that a feed deletes and shows again stays, and so does a folder with everything in it', async () => {
  source.pageSize = 1;
  source.addFolder('folder', 'Folder');
  source.put('in', 'text in it', { parent: 'folder' });
  fill(3);
  await sync('full_sync');
  const entryOf = source.entryOf.bind(source);
  const first = new Set(['i0', 'folder']);
  // Deleted the first time they are listed, present the second time
  source.entryOf = (id) => (first.delete(id) ? { state: 'deleted', externalId: id } : entryOf(id));
  source.changedSince = () => ['i0', 'folder', 'i1', 'i0', 'folder'];
  expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 0 });
  expect(await titlesOf(headwater, user)).toEqual(['Folder/in.md', 'i0.md', 'i1.md', 'i2.md']);
});

test('what a job has seen in something that the vendor then reports as deleted is asked for: an attachment of a mail that is deleted meanwhile', async () => {
  source.pageSize = 1;
  source.manners.lookUpBatchSize = 4;
  fill(3);
  await sync('full_sync');
  source.put('mail', 'a mail');
  source.put('part', 'attached to it', { parent: 'mail' });
  source.put('moved', 'attached to it before', { parent: 'mail' });
  await sync('incremental');
  source.put('moved', 'on its own');
  const entryOf = source.entryOf.bind(source);
  const shown = new Set(['mail', 'part']);
  // Present the first time they are listed, and deleted while the job goes on
  source.entryOf = (id) =>
    shown.delete(id) || !['mail', 'part'].includes(id) ? entryOf(id) : { state: 'deleted', externalId: id };
  source.changedSince = () => ['mail', 'part', 'moved', 'mail'];
  expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 2 });
  expect(source.lookUps).toEqual([['part']]);
  expect(await titlesOf(headwater, user)).toEqual(['i0.md', 'i1.md', 'i2.md', 'moved.md']);
});
