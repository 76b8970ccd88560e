/**
 * P13: a part that is refused, partial or unreadable is not treated as empty. What could not be listed is named, kept,
 * and retried.
 */

import { beforeEach, describe, expect, test } from '@jest/globals';
import { selectGaps } from '../../db/items/gaps.ts';
import type { JobType } from '../../domain/contract.ts';
import { SyncError } from '../../domain/errors.ts';
import { startApiOf } from '../harness/api.ts';
import { dataSourceId, headwater, ownSource, runHostileSource, source, user } from '../harness/hostile.ts';
import { titlesOf } from '../harness/state.ts';

const blocked = new SyncError('forbidden', { code: 'locked', message: 'The owner has blocked this folder.' });

runHostileSource();
beforeEach(() => {
  source.addFolder('shared', 'Shared');
  source.addFolder('deep', 'Deep', 'shared');
  source.put('in', 'text in the folder', { parent: 'shared' });
  source.put('below', 'text far below', { parent: 'deep' });
  source.put('own', 'text of our own');
  source.put('other', 'another text of our own');
});

async function sync(jobType: JobType) {
  const { jobId } = await headwater.sync({ dataSourceId, jobType });
  return { ...(await headwater.job(user, jobId)), gaps: await gapsOf('jobs', jobId ?? '') };
}

async function gapsOf(of: 'jobs' | 'sources', id: string) {
  const rows = await headwater.as(user, async (trx) =>
    of === 'jobs'
      ? await trx.selectFrom('syncJobs').select(selectGaps('syncJobs')).where('id', '=', id).execute()
      : await trx.selectFrom('dataSources').select(selectGaps('dataSources')).where('id', '=', id).execute(),
  );
  return (rows[0]?.gaps ?? []).map(({ externalId, name, code, message }) => ({ externalId, name, code, message }));
}

const everything = ['Shared/Deep/below.md', 'Shared/in.md', 'other.md', 'own.md'];
const gap = { externalId: 'shared', name: 'Shared', code: 'locked', message: blocked.message };

describe('a folder that a full listing cannot read', () => {
  test('is named, and nothing in it is removed, at any depth, while deletions elsewhere are applied', async () => {
    await sync('full_sync');
    source.manners.refuses.set('shared', blocked);
    source.remove('other');
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 1, gaps: [gap] });
    expect(await titlesOf(headwater, user)).toEqual(everything.filter((title) => title !== 'other.md'));
    expect(await gapsOf('sources', dataSourceId)).toEqual([gap]);
    // The folders themselves are kept too: in the second run, only our own tree shows that they belong together
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0, gaps: [gap] });
  });

  test('is listed by the next job of another kind, and the gap closes with all changes in it', async () => {
    await sync('full_sync');
    source.manners.refuses.set('shared', blocked);
    await sync('full_sync');
    source.remove('in');
    source.put('below', 'text far below, edited', { parent: 'deep' });
    source.put('new', 'new in the folder', { parent: 'deep' });
    expect(await sync('incremental')).toMatchObject({ status: 'completed', gaps: [gap] });

    source.manners.refuses.clear();
    expect(await sync('incremental')).toMatchObject({ status: 'completed', gaps: [], updated: 1, created: 1 });
    expect(await titlesOf(headwater, user)).toContain('Shared/Deep/new.md');
    expect(await titlesOf(headwater, user)).not.toContain('Shared/in.md');
    expect(await gapsOf('sources', dataSourceId)).toEqual([]);
  });

  test('does not prevent its failed items from being retried, or its stale ones from being processed again', async () => {
    source.put('bad', 'bad', { parent: 'deep', fails: new SyncError('forbidden', { message: 'Not now.' }) });
    await sync('full_sync');
    source.manners.refuses.set('shared', blocked);
    delete source.items.get('bad')?.fails;
    expect(await sync('full_sync')).toMatchObject({ removed: 0, created: 1 });
  });

  test('that was deleted is removed by the full listing that no longer reports it', async () => {
    await sync('full_sync');
    source.manners.refuses.set('shared', blocked);
    await sync('full_sync');
    source.manners.refuses.clear();
    for (const id of ['in', 'below']) source.items.delete(id);
    for (const id of ['shared', 'deep']) source.folders.delete(id);
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 2, gaps: [] });
    expect(await gapsOf('sources', dataSourceId)).toEqual([]);
  });
});

describe('a folder that a feed reports and that cannot be listed', () => {
  test.each([
    ['is forbidden', blocked],
    ['is rejected as malformed', new SyncError('invalid_input', { code: 'locked', message: blocked.message })],
    ['never answers', new SyncError('unavailable', { code: 'locked', message: blocked.message })],
  ])(
    'because it %s becomes a gap: the job continues, and the position moves because the gap is recorded',
    async (_name, refusal) => {
      await sync('full_sync');
      source.addFolder('late', 'Late');
      source.put('inside', 'inside the late folder', { parent: 'late' });
      source.put('own', 'edited');
      source.manners.refuses.set('late', refusal);
      expect(await sync('incremental')).toMatchObject({
        status: 'completed',
        updated: 1,
        gaps: [{ ...gap, externalId: 'late', name: 'Late' }],
      });
      source.manners.refuses.clear();
      expect(await sync('incremental')).toMatchObject({ status: 'completed', created: 1, gaps: [] });
      expect(await titlesOf(headwater, user)).toContain('Late/inside.md');
    },
    60_000,
  );

  test('and for which the vendor names a time is not requested before that, except by hand', async () => {
    await sync('full_sync');
    source.manners.refuses.set(
      'shared',
      new SyncError('rate_limited', { message: 'x', scope: 'container', retryAfterMs: 3_600_000 }),
    );
    expect((await sync('full_sync')).gaps).toHaveLength(1);
    source.manners.refuses.clear();
    source.put('new', 'new in the folder', { parent: 'shared' });
    source.remove('own');
    const before = source.listCalls;
    await sync('incremental');
    expect(source.listCalls - before).toBe(1);
    expect(await gapsOf('sources', dataSourceId)).toHaveLength(1);
    expect(await sync('manual')).toMatchObject({ status: 'completed', gaps: [] });
    expect(await gapsOf('sources', dataSourceId)).toEqual([]);
  });

  test('that the vendor then reports as deleted is no gap any more, and its items are removed', async () => {
    await sync('full_sync');
    source.manners.refuses.set('shared', blocked);
    await sync('full_sync');
    source.manners.refuses.clear();
    for (const id of ['in', 'below']) source.items.delete(id);
    source.folders.delete('deep');
    source.removeFolder('shared');
    expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 2, gaps: [] });
    expect(await titlesOf(headwater, user)).toEqual(['other.md', 'own.md']);
    expect(await gapsOf('sources', dataSourceId)).toEqual([]);
  });
});

test('an item requested by hand that the vendor does not answer for is named; the others are fetched (P12)', async () => {
  await sync('full_sync');
  source.manners.refusesToDescribe.set('own', blocked);
  const { jobId } = await headwater.sync({ dataSourceId, jobType: 'manual', externalIds: ['in', 'own', 'other'] });
  expect(await headwater.job(user, jobId)).toMatchObject({ status: 'completed', found: 2, updated: 2 });
  expect(await gapsOf('jobs', jobId ?? '')).toMatchObject([{ externalId: 'own', code: 'locked' }]);
  expect(await gapsOf('sources', dataSourceId)).toEqual([]);
});

describe('a listing that cannot say what is missing', () => {
  test('removes no missing items, keeps its position, and the next job lists everything', async () => {
    await sync('full_sync');
    const position = await positionOf();
    source.manners.lacks = blocked;
    source.manners.hides.add('own');
    source.put('other', 'edited');
    const gaps = [{ externalId: null, code: 'locked' }];
    expect(await sync('incremental')).toMatchObject({ status: 'completed', updated: 1, gaps });
    expect(await positionOf()).toBe(position);
    expect(await sync('incremental')).toMatchObject({
      status: 'completed',
      mode: 'full',
      progressData: { fallback: 'unknown_gap' },
      removed: 0,
      gaps,
    });
    expect(await titlesOf(headwater, user)).toEqual(everything);
    source.manners.lacks = null;
    expect(await sync('incremental')).toMatchObject({ status: 'completed', mode: 'full', removed: 1, gaps: [] });
    expect(await sync('incremental')).toMatchObject({ status: 'completed', mode: 'feed' });
  });

  async function positionOf(): Promise<string | null> {
    const row = await headwater.as(
      user,
      async (trx) => await trx.selectFrom('dataSources').select('checkpoint').executeTakeFirstOrThrow(),
    );
    return row.checkpoint;
  }
});

test('a gap is shown with its reason and its next attempt: on the job, on the source, in the report and in the Web UI', async () => {
  await using api = await startApiOf(headwater);
  await ownSource('local');
  const refusal = {
    code: 'refused_for_now',
    message: 'Too many people look at it.',
    scope: 'container',
    retryAfterMs: 3_600_000,
  } as const;
  source.manners.refuses.set('shared', new SyncError('rate_limited', refusal));
  const result = await headwater.sync({ dataSourceId, jobType: 'full_sync' });
  expect(result.message).toMatch(/One part could not be listed/);

  const shown = {
    gapCount: 1,
    gaps: [
      {
        externalId: 'shared',
        name: 'Shared',
        code: 'refused_for_now',
        message: refusal.message,
        nextAttemptAt: expect.any(String),
      },
    ],
  };
  const { job } = (await api.call('GET', `/api/data-sources/sync/${result.jobId}`)).body;
  expect(job).toMatchObject({ status: 'completed', ...shown });
  expect(Date.parse(job.gaps[0].nextAttemptAt) - Date.parse(job.gaps[0].since)).toBeCloseTo(3_600_000, -4);
  const { dataSources } = (await api.call('GET', '/api/data-sources')).body;
  expect(dataSources.find(({ id }: { readonly id: string }) => id === dataSourceId)).toMatchObject(shown);
  const report = await api.call('GET', `/api/data-sources/sync/${result.jobId}/report?format=csv`);
  expect(report.text).toMatch(/^not listed,shared,Shared,.*refused_for_now,Too many people look at it/m);
}, 60_000);

test('a gap that names something selected which is gone is not asked for again: no vendor knows its id', async () => {
  const id = 'selected folder 4711';
  source.addFolder(id, 'Plans');
  source.manners.refuses.set(id, blocked);
  expect(await sync('full_sync')).toMatchObject({ gaps: [{ externalId: id }] });
  expect(await sync('incremental')).toMatchObject({ status: 'completed', gaps: [] });
  expect(await sync('full_sync')).toMatchObject({ gaps: [{ externalId: id }] });
});
