/** Listings that report something twice, late or in another order. */

import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Selects } from '../../domain/selection.ts';
import type { Connector } from '../../sources/connectors/connector.ts';
import { selecting } from '../../sources/connectors/selection.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { planPage } from '../../db/items/diff.ts';
import { insertJob } from '../../db/jobs/job-lease.ts';
import { type PageKey, recordListing } from '../../db/items/listing.ts';
import { completeCandidates, countCandidates, findUnconfirmed } from '../../db/items/removal-candidates.ts';
import { updateDataSource } from '../../db/sources/data-sources.ts';
import type { JobType, SyncJobResult } from '../../domain/contract.ts';
import type { Checkpoint, Cursor, Entry, ListPage } from '../../domain/source.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { titlesOf } from '../harness/state.ts';
import { wordsOf } from '../../content/words/words.ts';
import { until } from '../harness/until.ts';

let headwater: TestHeadwater;
let connector: Connector;
let user: string;
let dataSourceId: string;

beforeAll(async () => {
  headwater = await startHeadwater({ parts: { connectorFor: () => connector } });
}, 60_000);
afterAll(async () => await headwater[Symbol.asyncDispose]());
beforeEach(async () => {
  user = randomUUID();
  dataSourceId = await headwater.createSource(user, 'google_drive');
});

async function sync(jobType: JobType) {
  const { jobId } = await headwater.sync({ dataSourceId, jobType });
  return await headwater.job(user, jobId);
}

describe('an item that the listing shows a second time', () => {
  test('at another path stays, although its old path is reported as deleted', async () => {
    connector = reported(
      [file('x', 'a/x.md')],
      async () => await until(async () => (await titles()).includes('a/x.md')),
      [{ state: 'deleted_path', path: 'a' }, file('x', 'b/x.md')],
    );

    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0 });
    expect(await titles()).toEqual(['b/x.md']);
  });

  test('unchanged stays, although the same page first reports its folder as deleted', async () => {
    connector = reported([file('x', 'a/x.md'), file('y', 'a/y.md')]);
    await sync('full_sync');

    connector = reported([{ state: 'deleted_path', path: 'a' }, file('x', 'a/x.md')]);
    expect(await sync('delta')).toMatchObject({ status: 'completed', removed: 1 });
    expect(await titles()).toEqual(['a/x.md']);
  });
});

describe('a folder that a feed reports as deleted and then shows', () => {
  beforeEach(async () => {
    connector = reported([folder('f'), file('x', 'x.md', 'f'), file('own', 'own.md')]);
    await sync('full_sync');
  });

  test('on the same page keeps its contents', async () => {
    connector = reported([{ state: 'deleted', externalId: 'f' }, folder('f')]);
    expect(await sync('delta')).toMatchObject({ status: 'completed', removed: 0 });
    expect(await titles()).toEqual(['f/x.md', 'own.md']);
  });

  test('on a later page, listed before the first was compared, keeps its contents', async () => {
    await headwater.as(user, async (trx) => {
      const jobId = await insertJob(trx, { ...aJob, userId: user, dataSourceId });
      const key = { jobId: jobId ?? '', userId: user, dataSourceId };
      await listed(trx, { ...key, page: 1 }, [{ state: 'deleted', externalId: 'f' }]);
      await listed(trx, { ...key, page: 2 }, [folder('f')]);
      for (const page of [1, 2]) await planPage(trx, { ...key, page, ...aDiff });
      expect(await trx.selectFrom('jobItems').selectAll().where('jobId', '=', key.jobId).execute()).toEqual([]);
      expect(await trx.selectFrom('sourceContainers').select('externalId').execute()).toEqual([{ externalId: 'f' }]);
    });
  });

  test('and finally reports as deleted is removed with its contents', async () => {
    connector = reported([folder('f'), { state: 'deleted', externalId: 'f' }]);
    expect(await sync('delta')).toMatchObject({ status: 'completed', removed: 1 });
    expect(await titles()).toEqual(['own.md']);
  });
});

describe('a path that a feed reports as deleted', () => {
  test('takes what an earlier page showed there, moved or new, although that page is not written yet', async () => {
    connector = reported([file('x', 'a/x.md'), file('own', 'own.md')]);
    await sync('full_sync');
    await headwater.as(user, async (trx) => {
      const jobId = await insertJob(trx, { ...aJob, userId: user, dataSourceId });
      const key = { jobId: jobId ?? '', userId: user, dataSourceId };
      await listed(trx, { ...key, page: 1 }, [
        file('x', 'B/x.md'),
        file('new', 'b/c/new.md'),
        file('other', 'bc/o.md'),
      ]);
      await listed(trx, { ...key, page: 2 }, [{ state: 'deleted_path', path: 'b' }]);
      const rows = await trx.selectFrom('jobItems').select('externalId').where('jobId', '=', key.jobId).execute();
      expect(rows).toEqual([{ externalId: 'other' }]);
      expect(await countCandidates(trx, key.jobId, dataSourceId)).toMatchObject({ removals: 1 });
    });
  });

  test('beside a gap, to which its items may have been moved, is confirmed; what the gap names by id or path stays', async () => {
    connector = reported([
      file('x', 'a/x.md'),
      file('\uFFFDFF/y.md', '\uFFFD/y.md'),
      file('z', 'b/Z.md'),
      file('own', 'own.md'),
    ]);
    await sync('full_sync');
    await headwater.as(user, async (trx) => {
      const jobId = await insertJob(trx, { ...aJob, userId: user, dataSourceId });
      const key = { jobId: jobId ?? '', userId: user, dataSourceId };
      const gap = { state: 'gap', name: 'x', code: 'unreadable_entry', message: 'x', retryAfterMs: null } as const;
      await listed(trx, { ...key, page: 1 }, [
        ...['a', 'b', '\uFFFD'].map((path): Entry => ({ state: 'deleted_path', path })),
        ...['\uFFFDFF', '/b/z.md'].map((externalId): Entry => ({ ...gap, externalId })),
      ]);
      await completeCandidates(trx, { ...key, dryRun: false });
      expect(await findUnconfirmed(trx, key.jobId, 10)).toEqual(['x']);
      expect(await countCandidates(trx, key.jobId, dataSourceId)).toMatchObject({ removals: 1, open: 1 });
    });
  });
});

test.each([
  [true, 'does not move the position past what it lacks', 'now'],
  [false, 'moves a position that is only a time', 'later'],
])('a full listing that may lack something, with a change feed: %s, %s', async (hasChangeFeed, _what, checkpoint) => {
  connector = reported([file('x', 'x.md')]);
  await sync('full_sync');
  const incomplete: ListPage['next'] = { more: false, checkpoint: 'later' as Checkpoint, complete: false };
  const listPage = async () => await Promise.resolve({ entries: [], next: incomplete });
  connector = { ...connector, hasChangeFeed, listPage };
  expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0 });
  const sources = await headwater.as(user, (trx) => trx.selectFrom('dataSources').select('checkpoint').execute());
  expect(sources).toEqual([{ checkpoint }]);
});

describe('items that a full listing shows before their folders', () => {
  test('are listed again with the folder, if the config selects it', async () => {
    const selects: Selects = ({ containers }) => containers === null || containers.includes('f');
    const script = reported(
      [file('x', 'x.md', 'g'), file('own', 'own.md', 'h')],
      [folder('g', 'f'), folder('f'), folder('h')],
    );
    const inside: ListPage['entries'] = [folder('g', 'f'), file('x', 'x.md', 'g')];
    connector = {
      ...script,
      selects,
      listPage: async (position, signal) =>
        position.at === 'container'
          ? {
              entries: position.externalId === 'g' ? inside : [],
              next: { more: false, checkpoint: null, complete: true },
            }
          : await script.listPage(position, signal),
    };
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 1 });
    expect(await titles()).toEqual(['f/g/x.md']);
  });
});

describe('a source whose config keeps items for 30 days', () => {
  const days = (count: number): string => new Date(Date.now() - count * 86_400_000).toISOString();
  const aged = (id: string, age: number, parent: string | null = null): Entry =>
    Object.assign(file(id, `${id}.md`, parent), { modifiedAt: days(age) });
  const keeping = (...entries: Entry[]): Connector => ({ ...reported(entries), ...selecting({ retainDays: 30 }) });
  const letAge = async (pattern: string): Promise<void> => {
    await headwater.as(user, (trx) =>
      trx
        .updateTable('syncItems')
        .set({ externalModifiedAt: days(31) })
        .where('externalId', 'like', pattern)
        .execute(),
    );
  };
  const many = Array.from({ length: 30 }, (_, i) => aged(`f${i}`, 1));

  test('does not fetch what is older, and keeps what has no time', async () => {
    const fetched: string[] = [];
    const base = keeping(aged('new', 29), aged('old', 31), file('undated', 'undated.md'));
    connector = {
      ...base,
      fetch: async (ref, signal) => {
        fetched.push(ref.externalId);
        return await base.fetch(ref, signal);
      },
    };
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 2 });
    expect(await titles()).toEqual(['new.md', 'undated.md']);
    expect(fetched.toSorted()).toEqual(['new', 'undated']);
  });

  test('removes what ages with its next sync, although the feed reports nothing, and asks nobody', async () => {
    connector = keeping(...many, aged('stays', 1));
    await sync('full_sync');
    await letAge('f%');
    connector = keeping();
    const planned = await headwater.sync({ dataSourceId, jobType: 'delta', dryRun: true });
    expect(await headwater.job(user, planned.jobId)).toMatchObject({
      progressData: { plan: { remove: 30, removalsNeedApproval: false } },
    });
    expect(await sync('delta')).toMatchObject({ status: 'completed', removed: 30 });
    expect(await titles()).toEqual(['stays.md']);
  });

  test('keeps what was saved again, with the same content', async () => {
    connector = keeping(aged('again', 1), aged('stays', 1));
    await sync('full_sync');
    await letAge('again');
    connector = keeping(aged('again', 2));
    expect(await sync('delta')).toMatchObject({ status: 'completed', unchanged: 1, removed: 0 });
    expect(await titles()).toEqual(['again.md', 'stays.md']);
  });

  test('removes an aged page without the newer page inside it', async () => {
    connector = keeping(aged('page', 1), aged('sub-page', 1, 'page'));
    await sync('full_sync');
    await letAge('page');
    connector = keeping();
    expect(await sync('delta')).toMatchObject({ status: 'completed', removed: 1 });
    expect(await titles()).toEqual(['sub-page.md']);
  });

  test('asks before it removes what a vendor suddenly calls old, and when it is new in the config', async () => {
    connector = keeping(...many, aged('stays', 1));
    await sync('full_sync');
    connector = keeping(...many.map((item) => ({ ...item, modifiedAt: '1970-01-01T00:00:00Z' })), aged('stays', 1));
    expect(await heldAndKept()).toMatchObject({ removed: 0 });

    connector = keeping(...many, aged('stays', 1));
    await sync('full_sync');
    await letAge('f1');
    await headwater.as(user, (trx) => updateDataSource(trx, dataSourceId, { config: { retainDays: 30 } }));
    // Until a person has agreed, only a full listing removes, and it asks for a single item too.
    const quiet = { ...reported([]), ...selecting({ retainDays: 30 }) };
    connector = {
      ...quiet,
      listPage: async (position, signal) =>
        position.at === 'checkpoint'
          ? await quiet.listPage(position, signal)
          : await keeping(...many.slice(2), aged('f0', 1), aged('f1', 31), aged('stays', 1)).listPage(position, signal),
    };
    expect(await heldAndKept()).toMatchObject({ removed: 0 });
    expect(await titles()).toHaveLength(31);
  });

  async function heldAndKept() {
    const running = await headwater.start({ dataSourceId, jobType: 'full_sync' });
    await until(async () => (await running.query<{ readonly stage: string }>('progress')).stage === 'held');
    await running.executeUpdate('decideRemovals', { args: ['keep'] });
    const { jobId } = (await running.result()) as SyncJobResult;
    return await headwater.job(user, jobId);
  }
});

// A second transaction needs a second connection, which the embedded database does not have.
const onRealDatabase = process.env['DATABASE_URL'] ? test : test.skip;

onRealDatabase('an item that is listed again does not wait for the step that works on it', async () => {
  const entries = ['a', 'b', 'c'].map((id) => file(id, `My Drive/${id}.md`));
  const jobId = (await headwater.as(user, (trx) => insertJob(trx, { ...aJob, userId: user, dataSourceId }))) ?? '';
  const key = { jobId, userId: user, dataSourceId };
  await headwater.as(user, async (trx) => await listed(trx, { ...key, page: 1 }, entries));
  await headwater.as(user, async (working) => {
    await working.selectFrom('jobItems').select('externalId').where('jobId', '=', jobId).forUpdate().execute();
    await headwater.as(user, async (trx) => {
      await sql`set local lock_timeout = '5s'`.execute(trx);
      await listed(trx, { ...key, page: 2 }, entries.toReversed());
    });
  });
  const { rows } = await headwater.as(
    user,
    async (trx) => await sql<{ page: number }>`select page from job_items where job_id = ${jobId}`.execute(trx),
  );
  expect(rows.map(({ page }) => page)).toEqual([1, 1, 1]);
});

const aJob = { jobType: 'delta', trigger: 'api', dryRun: false, externalIds: null, workflowId: null } as const;
const aDiff = { force: false, isStalePage: false, transformationsHash: '', dryRun: false, batchSize: 50, wordsOf };

async function listed(trx: UserTransaction, key: PageKey, entries: readonly Entry[]): Promise<void> {
  const listing = { entries, next: { more: true, cursor: 'on' as Cursor } } as const;
  const how = { kind: 'listing', containerExternalId: null, listContainers: 'new' } as const;
  await recordListing(trx, { ...key, ...how, listing, dryRun: false, ineligible: () => null });
}

const titles = async (): Promise<string[]> => await titlesOf(headwater, user);

/** A file whose text is its id. */
function file(externalId: string, path: string, parentExternalId: string | null = null): Entry {
  return {
    state: 'present',
    externalId,
    itemType: 'file',
    name: path.split('/').at(-1) ?? path,
    parentExternalId,
    ...(parentExternalId === null ? { path } : {}),
    mimeType: 'text/markdown',
    size: null,
    modifiedAt: null,
    fingerprint: { kind: 'etag', value: createHash('sha256').update(externalId).digest('hex') },
    webUrl: null,
  };
}

function folder(externalId: string, parentExternalId: string | null = null): Entry {
  return { state: 'container', externalId, name: externalId, parentExternalId };
}

type ReportedChange = readonly Entry[] | (() => Promise<void>);

/** A source whose listing consists of these pages, wherever it starts; a function is awaited before the next one. */
function reported(...script: readonly ReportedChange[]): Connector {
  const base = createHostileConnector(new HostileSource());
  const pages = script.flatMap((each, at) =>
    typeof each === 'function' ? [] : [{ entries: each, before: script[at - 1] }],
  );
  return {
    ...base,
    listPage: async (position) => {
      const at = position.at === 'cursor' ? Number(position.cursor) : 0;
      const { entries, before } = pages[at] ?? { entries: [], before: undefined };
      if (typeof before === 'function') await before();
      const next: ListPage['next'] =
        at + 1 < pages.length
          ? { more: true, cursor: String(at + 1) as Cursor }
          : { more: false, checkpoint: 'now' as Checkpoint, complete: position.at !== 'checkpoint' };
      return { entries, next };
    },
    fetch: async ({ externalId }) =>
      await Promise.resolve({ bytes: new TextEncoder().encode(externalId), mimeType: 'text/markdown' }),
  };
}
