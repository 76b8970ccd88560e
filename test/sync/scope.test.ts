/** P12: a failure affects only what it concerns. One bad item stops nothing else and is retried alone. */

import { describe, expect, test } from '@jest/globals';
import { SyncError } from '../../domain/errors.ts';
import { dataSourceId, headwater, runHostileSource, source, sync, user } from '../harness/hostile.ts';
import { titlesOf } from '../harness/state.ts';
import { until } from '../harness/until.ts';

runHostileSource({ items: 9 });

const itemOf = async (externalId: string) =>
  await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('syncItems')
        .select(['syncStatus', 'lastErrorCode', 'lastErrorMessage', 'nextAttemptAt', 'deferredUntil'])
        .where('externalId', '=', externalId)
        .executeTakeFirstOrThrow(),
  );

describe('an item whose content the vendor rejects as malformed', () => {
  const refused = new SyncError('invalid_input', {
    code: 'refused_by_vendor',
    message: 'Google refuses to export this document (badRequest at convertTo).',
  });

  test('fails alone, with its name and the vendor’s reason', async () => {
    source.put('bad', 'x', { fails: refused });
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 10, created: 9, failed: 1 });
    expect(await itemOf('bad')).toMatchObject({
      syncStatus: 'failed',
      lastErrorCode: 'refused_by_vendor',
      lastErrorMessage: refused.message,
    });
  });

  test('does not delay edits, new items and deletions', async () => {
    await sync('full_sync');
    source.put('bad', 'x', { fails: refused });
    source.put('i0', 'edited');
    source.put('new', 'new');
    source.remove('i1');
    expect(await sync('incremental')).toMatchObject({
      status: 'completed',
      created: 1,
      updated: 1,
      removed: 1,
      failed: 1,
    });
    expect(await titlesOf(headwater, user)).not.toContain('i1.md');
  });
});

describe('an item for which the vendor requests a wait', () => {
  test.each([
    ['a quota of its own', new SyncError('quota_exhausted', { message: 'x', scope: 'item', retryAfterMs: 3_600_000 })],
    [
      'a rate limit of its own',
      new SyncError('rate_limited', { message: 'x', scope: 'item', retryAfterMs: 3_600_000 }),
    ],
    ['a 503 with a Retry-After', new SyncError('unavailable', { message: 'x', retryAfterMs: 3_600_000 })],
  ])(
    '(%s) is left to a later job, the others succeed at once, and the account is not limited',
    async (_name, fails) => {
      source.put('busy', 'busy text', { fails });
      expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 10, created: 9, failed: 1 });
      const { nextAttemptAt, deferredUntil } = await itemOf('busy');
      expect(deferredUntil).toEqual(nextAttemptAt);
      expect((nextAttemptAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(3_500_000);

      // No job tries it before that time, not even a full listing that shows it again, and it stays counted
      source.fetched.length = 0;
      source.put('other', 'other text');
      expect(await sync('incremental')).toMatchObject({ status: 'completed', found: 1, created: 1 });
      expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 11, unchanged: 10, failed: 1 });
      expect(source.fetched).toEqual(['other']);

      delete source.items.get('busy')?.fails;
      await headwater.as(user, async (trx) => {
        await trx.updateTable('syncItems').set({ nextAttemptAt: new Date(), deferredUntil: new Date() }).execute();
      });
      expect(await sync('incremental')).toMatchObject({ status: 'completed', found: 1, created: 1 });
    },
  );

  test('(a limit of the account that only it meets) is left to a later job once the account has answered', async () => {
    source.put('busy', 'busy text', { fails: new SyncError('rate_limited', { message: 'x', retryAfterMs: 5 }) });
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 10, created: 9, failed: 1 });
    delete source.items.get('busy')?.fails;
    expect(await sync('manual')).toMatchObject({ status: 'completed', created: 1 });
  });

  test('is tried at once when it changes, or when it is requested by hand', async () => {
    const fails = new SyncError('quota_exhausted', { message: 'x', scope: 'item', retryAfterMs: 3_600_000 });
    source.put('busy', 'busy text', { fails });
    await sync('full_sync');
    expect(await sync('manual')).toMatchObject({ found: 1, failed: 1 });
    source.put('busy', 'another text');
    expect(await sync('full_sync')).toMatchObject({ found: 10, created: 1, unchanged: 9 });
  });
});

describe('a sign-in refused at one item', () => {
  const refused = new SyncError('unauthorized', { message: 'This file wants another sign-in.' });

  test('concerns that item while the account still answers, and the account is checked once for all items', async () => {
    for (const id of ['bad 1', 'bad 2', 'bad 3']) source.put(id, 'x', { fails: refused });
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 9, failed: 3 });
    expect(source.checks).toBe(1);
    expect(await isSignedOut()).toBe(false);
  });

  test('that the account confirms waits for a person', async () => {
    source.put('bad', 'x', { fails: refused });
    source.manners.checkFails = new SyncError('unauthorized', { message: 'Connect the account again.' });
    const job = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(isSignedOut);
    await job.cancel();
    await expect(job.result()).rejects.toThrow();
  });

  async function isSignedOut(): Promise<boolean> {
    const row = await headwater.as(
      user,
      async (trx) => await trx.selectFrom('dataSources').select('needsSignIn').executeTakeFirstOrThrow(),
    );
    return row.needsSignIn;
  }
});

test('an error of the account stops the job, whichever item it occurred at; items not tried are not counted as skipped', async () => {
  const fails = new SyncError('invalid_input', { code: 'api_not_enabled', scope: 'account', message: 'Switch it on.' });
  for (const item of source.items.values()) item.fails = fails;
  const job = await sync('full_sync');
  expect(job).toMatchObject({ status: 'failed', errorCode: 'api_not_enabled', found: 0, skipped: 0, pending: 9 });
  for (const item of source.items.values()) delete item.fails;
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', found: 9, created: 9, pending: 0 });
});
