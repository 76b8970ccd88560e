/** P14: a file that crashes its reader, or on which the reader does not finish, is one failed item. */

import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { headwater, runHostileSource, source, sync, user } from '../harness/hostile.ts';

const readers = { program: join(import.meta.dirname, '..', 'doubles', 'fragile-reader.ts'), timeoutMs: 2000 };

runHostileSource({ items: 9, parts: { readers } });

const stateOf = async (externalId: string) =>
  await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('syncItems')
        .select(['syncStatus', 'lastErrorCode', 'attempts'])
        .where('externalId', '=', externalId)
        .executeTakeFirstOrThrow(),
  );

test('a file that crashes its reader fails alone, is retried by the next job, and is skipped if it crashes that reader too', async () => {
  source.put('poison', 'This text ends its reader.');
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 9, failed: 1 });
  expect(await stateOf('poison')).toMatchObject({ syncStatus: 'failed', lastErrorCode: 'reader_crashed' });
  expect(await sync('incremental')).toMatchObject({ status: 'completed', skipped: 1 });
  expect(await stateOf('poison')).toMatchObject({ syncStatus: 'skipped', lastErrorCode: 'ends_its_reader' });
  expect(await sync('incremental')).toMatchObject({ status: 'completed', found: 0 });
});

test('it is read once it has changed', async () => {
  source.put('poison', 'This text ends its reader.');
  await sync('full_sync');
  await sync('incremental');
  source.put('poison', 'This text is harmless.');
  expect(await sync('incremental')).toMatchObject({ status: 'completed', failed: 0, skipped: 0 });
  expect(await stateOf('poison')).toMatchObject({ syncStatus: 'synced', lastErrorCode: null });
});

test('a file that takes too long fails and is retried every time: it is never final', async () => {
  source.put('endless', 'This text is never read to its end.');
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 9, failed: 1 });
  expect(await sync('incremental')).toMatchObject({ status: 'completed', failed: 1 });
  expect(await stateOf('endless')).toMatchObject({
    syncStatus: 'failed',
    lastErrorCode: 'extraction_timeout',
    attempts: 2,
  });
});
