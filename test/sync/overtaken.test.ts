/** Overlapping attempts of one listing activity: one that was considered dead returns after another has continued. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { findActiveJob } from '../../db/jobs/job-lease.ts';
import { recordListing, restartListing } from '../../db/items/listing.ts';
import { SyncError } from '../../domain/errors.ts';
import type { JobType } from '../../domain/contract.ts';
import type { Cursor, Position } from '../../domain/source.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { titlesOf } from '../harness/state.ts';

let headwater: TestHeadwater;
let source: HostileSource;
let user: string;
let dataSourceId: string;
/** What the other attempt does while this one waits for the vendor's answer. */
let meanwhile: (position: Position) => Promise<void> = async () => {};

beforeAll(async () => {
  headwater = await startHeadwater({
    parts: {
      connectorFor: () => {
        const connector = createHostileConnector(source);
        return {
          ...connector,
          listPage: async (position, signal) => {
            const page = await connector.listPage(position, signal);
            await meanwhile(position);
            return page;
          },
        };
      },
    },
  });
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());
beforeEach(async () => {
  source = new HostileSource();
  meanwhile = async () => {};
  user = randomUUID();
  dataSourceId = await headwater.createSource(user, 'google_drive');
  for (let i = 0; i < 9; i++) source.put(`i${i}`, `text ${i}`);
  await sync('full_sync');
});

async function sync(jobType: JobType) {
  const { jobId } = await headwater.sync({ dataSourceId, jobType });
  return await headwater.job(user, jobId);
}

/** Runs the work once, with the id of the running job. */
function once(work: (trx: UserTransaction, jobId: string) => Promise<void>): typeof meanwhile {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await headwater.as(user, async (trx) => await work(trx, (await findActiveJob(trx, dataSourceId))?.id ?? ''));
  };
}

/** Records the other attempt's answer for the job's first page. */
async function runOther(
  trx: UserTransaction,
  jobId: string,
  ids: readonly string[],
  rest: { readonly ids: readonly string[]; readonly full: boolean },
): Promise<void> {
  const state = { ...rest, at: ids.length, page: 2, position: source.logLength, blank: false };
  await recordListing(trx, {
    jobId,
    userId: user,
    dataSourceId,
    page: 1,
    kind: 'listing',
    containerExternalId: null,
    listing: {
      entries: ids.map((id) => source.entryOf(id)),
      next: { more: true, cursor: JSON.stringify(state) as Cursor },
    },
    listContainers: 'none',
    dryRun: false,
    ineligible: () => null,
  });
}

test('an activity continues from what was recorded, not from its own answer for the same page', async () => {
  // The other attempt gets two items where this one gets three
  meanwhile = once(
    async (trx, jobId) => await runOther(trx, jobId, ['i0', 'i1'], { ids: [...source.items.keys()], full: true }),
  );

  expect(await sync('full_sync')).toMatchObject({ status: 'completed', unchanged: 9, removed: 0 });
  expect(await titlesOf(headwater, user)).toHaveLength(9);
});

test('an answer for a position that has since been lost is not used for the listing that starts over', async () => {
  source.put('i0', 'changed');
  source.items.delete('i1');
  // The other attempt is refused, and the job lists everything from here on
  meanwhile = once(async (trx, jobId) => {
    await restartListing(trx, { jobId, userId: user, dataSourceId, page: 1 }, 'checkpoint_expired');
  });

  expect(await sync('delta')).toMatchObject({ status: 'completed', updated: 1, removed: 1, unchanged: 7 });
  expect(await titlesOf(headwater, user)).toHaveLength(8);
});

test('a listing does not start over if another attempt got an answer', async () => {
  source.put('i0', 'changed');
  source.put('i1', 'changed');
  // The other attempt's page of the feed is in the ledger when this one is refused
  const tell = once(async (trx, jobId) => await runOther(trx, jobId, ['i0'], { ids: ['i0', 'i1'], full: false }));
  meanwhile = async (position) => {
    await tell(position);
    if (position.at === 'checkpoint') throw new SyncError('checkpoint_expired', { message: 'It is not known.' });
  };

  expect(await sync('delta')).toMatchObject({ status: 'completed', mode: 'feed', updated: 2, found: 2 });
});

test('items that a listing showed before it started over, and that were deleted then, are removed by the next sync', async () => {
  let starts = 0;
  meanwhile = async ({ at }) => {
    if (at === 'start') starts++;
    else if (at === 'cursor' && starts === 1) {
      if (source.items.has('i0')) source.remove('i0');
      throw new SyncError('checkpoint_expired', { message: 'The listing was lost.' });
    }
    await Promise.resolve();
  };
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0 });
  expect(starts).toBe(2);

  expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 1 });
  expect(await titlesOf(headwater, user)).toHaveLength(8);
});
