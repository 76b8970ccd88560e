/** Invariants for any history of changes, not only for foreseen ones. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Connector } from '../../sources/connectors/connector.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { SyncError } from '../../domain/errors.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf } from '../harness/state.ts';

let headwater: TestHeadwater;
let source: HostileSource;
/** Called before each listing call, to change the source at that moment. */
let beforeListing: () => void = () => {};

beforeAll(async () => {
  headwater = await startHeadwater({ parts: { connectorFor: () => watched(createHostileConnector(source)) } });
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());

function watched(connector: Connector): Connector {
  return {
    ...connector,
    listPage: async (position, signal) => {
      beforeListing();
      return await connector.listPage(position, signal);
    },
  };
}

type Change = { readonly do: 'put' | 'remove' | 'rename'; readonly item: number; readonly text: number };
const change: fc.Arbitrary<Change> = fc.record({
  do: fc.constantFrom('put', 'put', 'put', 'remove', 'rename'),
  item: fc.nat(11),
  text: fc.nat(5),
});
const manners = fc.record({ repeats: fc.boolean(), emptyPages: fc.boolean(), outOfOrder: fc.boolean() });

function apply({ do: what, item, text }: Change): void {
  const id = `i${item}`;
  const now = source.items.get(id);
  if (what === 'remove') source.remove(id);
  else if (what === 'put') source.put(id, `text ${text} of ${item}`, { name: now?.name ?? `${id}.md` });
  else if (now !== undefined) source.put(id, now.text, { name: `renamed ${text} ${id}.md` });
}

const truth = (): Record<string, string> =>
  Object.fromEntries([...source.items.values()].map((item) => [item.name, item.text]));

async function freshSource(): Promise<{ user: string; dataSourceId: string }> {
  source = new HostileSource();
  beforeListing = () => {};
  const user = randomUUID();
  return { user, dataSourceId: await headwater.createSource(user, 'google_drive') };
}

test('the diff: after any changes and any kind of job, the documents equal the source', async () => {
  const round = fc.record({
    changes: fc.array(change, { maxLength: 12 }),
    jobType: fc.constantFrom('full_sync' as const, 'incremental' as const, 'delta' as const),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 5 }), manners, async (rounds, how) => {
      const { user, dataSourceId } = await freshSource();
      // A source that would lose all it has asks a person first, and this one has nobody
      source.put('anchor', 'always there', { name: 'anchor.md' });
      Object.assign(source.manners, how);
      for (const { changes, jobType } of rounds) {
        changes.forEach(apply);
        const { jobId } = await headwater.sync({ dataSourceId, jobType });
        const job = await headwater.job(user, jobId);
        expect(job).toMatchObject({ status: 'completed', failed: 0 });
        expect(job.found).toBe(job.created + job.updated + job.unchanged + job.removed + job.skipped);
        expect(await contentOf(headwater, user)).toEqual(truth());
      }
      // And a full listing of equal content finds nothing to do
      const { jobId } = await headwater.sync({ dataSourceId, jobType: 'full_sync' });
      expect(await headwater.job(user, jobId)).toMatchObject({
        created: 0,
        updated: 0,
        removed: 0,
        unchanged: source.items.size,
      });
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 120_000);

test('the cursor: a change at any moment of a listing is stored by the next job at the latest', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { maxLength: 4 }), { minLength: 2, maxLength: 8 }),
      manners,
      async (moments, how) => {
        const { user, dataSourceId } = await freshSource();
        Object.assign(source.manners, how);
        for (let i = 0; i < 10; i++) apply({ do: 'put', item: i, text: 0 });
        for (const jobType of ['full_sync', 'incremental'] as const) {
          const left = moments.map((changes) => [...changes]);
          beforeListing = () => left.shift()?.forEach(apply);
          await headwater.sync({ dataSourceId, jobType });
          beforeListing = () => {};
          await headwater.sync({ dataSourceId, jobType: 'incremental' });
          expect(await contentOf(headwater, user)).toEqual(truth());
        }
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
}, 120_000);

test('the position: it moves only with a job that completed, and never past what that job has seen', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 4 }),
      async (changes, page) => {
        const { user, dataSourceId } = await freshSource();
        for (let i = 0; i < 10; i++) apply({ do: 'put', item: i, text: 0 });
        await headwater.sync({ dataSourceId, jobType: 'full_sync' });
        const before = await positionOf(user);
        changes.forEach(apply);
        const error = new SyncError('invalid_input', { message: 'The listing breaks off.' });
        source.manners.failsAtPage = { page, error, times: 1 };
        const { status } = await headwater.sync({ dataSourceId, jobType: 'incremental' });
        source.manners.failsAtPage = null;
        if (status === 'failed') expect(await positionOf(user)).toBe(before);
        await headwater.sync({ dataSourceId, jobType: 'incremental' });
        expect(await contentOf(headwater, user)).toEqual(truth());
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
}, 120_000);

async function positionOf(user: string): Promise<string | null> {
  const row = await headwater.as(
    user,
    async (trx) => await trx.selectFrom('dataSources').select('checkpoint').executeTakeFirstOrThrow(),
  );
  return row.checkpoint;
}

test('gaps: whatever cannot be listed, looked up or read, no existing item is removed, and items deleted elsewhere are', async () => {
  const folders = ['f0', 'f1', 'f2', 'f3'];
  const round = fc.record({
    changes: fc.array(fc.record({ item: fc.nat(11), put: fc.boolean(), folder: fc.nat(4) }), { maxLength: 8 }),
    refused: fc.subarray(folders, { maxLength: 2 }),
    hidden: fc.array(fc.nat(11), { maxLength: 3 }),
    silent: fc.array(fc.nat(11), { maxLength: 2 }),
    restarts: fc.boolean(),
    jobType: fc.constantFrom('full_sync' as const, 'incremental' as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
      async (rounds, parents) => {
        const { user, dataSourceId } = await freshSource();
        source.manners.lookUpBatchSize = 2;
        // A tree of folders: each is in an earlier one, or at the top level
        folders.forEach((id, i) =>
          source.addFolder(id, id, i > 0 && (parents[i] ?? 0) < i ? (folders[parents[i] ?? 0] ?? null) : null),
        );
        // An item that always exists, because a source that loses everything asks a person
        source.put('anchor', 'it stays');
        for (let i = 0; i < 12; i++) source.put(`i${i}`, `text ${i}`, { parent: folders[i % 5] ?? null });
        await headwater.sync({ dataSourceId, jobType: 'full_sync' });

        const { manners: how } = source;
        for (const { changes, refused, hidden, silent, restarts, jobType } of rounds) {
          for (const { item, put, folder } of changes) {
            if (put) source.put(`i${item}`, `text ${item}`, { parent: folders[folder] ?? null });
            else source.remove(`i${item}`);
          }
          const refusal = new SyncError('forbidden', { message: 'Not for you.' });
          how.refuses = new Map(refused.map((id) => [id, refusal]));
          how.hides = new Set(hidden.map((i) => `i${i}`).filter((id) => source.items.has(id)));
          how.refusesToDescribe = new Map(silent.map((i) => [`i${i}`, refusal]));
          how.losesCursorAtPage = restarts ? 2 : null;
          const before = new Set(await idsOf(user));
          await headwater.sync({ dataSourceId, jobType });
          const after = new Set(await idsOf(user));

          const living = [...before].filter((id) => source.items.has(id));
          expect(living.filter((id) => !after.has(id))).toEqual([]);
          if (jobType !== 'full_sync') continue;
          const open = [...after].filter((id) => !source.items.has(id) && !how.refusesToDescribe.has(id));
          const inGaps = await Promise.all(open.map(async (id) => await liesInRefused(user, id)));
          expect(open.filter((_, i) => inGaps[i] !== true)).toEqual([]);
        }

        Object.assign(how, {
          refuses: new Map(),
          hides: new Set(),
          refusesToDescribe: new Map(),
          losesCursorAtPage: null,
        });
        await headwater.sync({ dataSourceId, jobType: 'incremental' });
        await headwater.sync({ dataSourceId, jobType: 'full_sync' });
        expect(new Set(await idsOf(user))).toEqual(new Set(source.items.keys()));
        const gaps = await headwater.as(user, async (trx) => await trx.selectFrom('sourceGaps').selectAll().execute());
        expect(gaps).toEqual([]);
      },
    ),
    { numRuns: 8, endOnFailure: true },
  );
}, 240_000);

/** The ids of the stored items. */
async function idsOf(user: string): Promise<string[]> {
  const rows = await headwater.as(
    user,
    async (trx) => await trx.selectFrom('syncItems').select('externalId').execute(),
  );
  return rows.map(({ externalId }) => externalId);
}

/** Whether it is, as far as is known here, in a folder that cannot be listed. */
async function liesInRefused(user: string, externalId: string): Promise<boolean> {
  const row = await headwater.as(
    user,
    async (trx) =>
      await trx
        .selectFrom('syncItems')
        .select('parentExternalId')
        .where('externalId', '=', externalId)
        .executeTakeFirst(),
  );
  return source.refusedAbove(row?.parentExternalId ?? null) !== null;
}
