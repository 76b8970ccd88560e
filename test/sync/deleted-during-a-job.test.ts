/** An owner deletes a document while a job is processing its item: it stays deleted, whatever the job had done by then. */

import { beforeEach, expect, test } from '@jest/globals';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import { source, stepHostileSource, steps } from '../harness/hostile-steps.ts';

let dataSourceId: string;

stepHostileSource({ pageSize: 100 });
beforeEach(async () => {
  dataSourceId = await steps.createSource();
});

const stages = ['listPage', 'diffPage', 'downloadBatch', 'transformBatch', 'embedBatch', 'closePage'] as const;

async function documents() {
  return await rows((trx) =>
    trx.selectFrom('documents').select(['id', 'externalId', 'liveGeneration']).where('dataSourceId', '=', dataSourceId),
  );
}

async function itemOf(externalId: string) {
  const [item] = await rows((trx) =>
    trx
      .selectFrom('syncItems')
      .select(['syncStatus', 'lastErrorCode', 'localDocumentId'])
      .where('dataSourceId', '=', dataSourceId)
      .where('externalId', '=', externalId),
  );
  return item;
}

/** Returns what the owner of the source sees. */
async function rows<Row>(query: (trx: UserTransaction) => { execute: () => Promise<Row[]> }): Promise<Row[]> {
  return await asUser(steps.database.db, steps.userId, async (trx) => await query(trx).execute());
}

test.each(stages.slice(0, -1))('after %s', async (stage) => {
  source.put('plan', 'the first text');
  source.put('other', 'stays');
  await steps.sync(dataSourceId, 'full_sync');
  const documentId = (await documents()).find(({ externalId }) => externalId === 'plan')?.id ?? '';
  source.put('plan', 'the second text');

  const job = await steps.open(dataSourceId, 'incremental');
  for (const each of stages) {
    const ref = each.endsWith('Batch') ? { ...job, batch: 0 } : job;
    await steps.run(each, ref);
    if (each === stage)
      await steps.run('removeDocuments', { userId: steps.userId, scope: { kind: 'document', documentId } });
  }
  const ended = { status: 'completed', errorCode: null, errorMessage: null } as const;
  const end = await steps.run('closeJob', { ...job, ...ended, swept: false });

  expect(end).toMatchObject({ status: 'completed', counts: { found: 1 } });
  expect((await documents()).map(({ externalId }) => externalId)).toEqual(['other']);
  expect(await itemOf('plan')).toMatchObject({ syncStatus: 'skipped', lastErrorCode: 'deleted_by_owner' });

  // It stays so, although the source has a newer text.
  source.put('plan', 'the third text');
  await steps.sync(dataSourceId, 'full_sync');
  expect((await documents()).map(({ externalId }) => externalId)).toEqual(['other']);
});
