/** What a listing tells twice, late or in another order. */

import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Connector } from '../../connectors/connector.ts';
import { createHostileConnector, HostileSource } from '../../connectors/hostile/connector.ts';
import type { JobType } from '../../domain/contract.ts';
import type { Checkpoint, Cursor, Entry, ListPage } from '../../domain/source.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { titlesOf } from '../harness/state.ts';
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
  test('at another place stays, although the place where it was is told as deleted', async () => {
    connector = told([file('x', 'a/x.md')], async () => await until(async () => (await titles()).includes('a/x.md')), [
      { state: 'gone_path', path: 'a' },
      file('x', 'b/x.md'),
    ]);

    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 0 });
    expect(await titles()).toEqual(['b/x.md']);
  });

  test('unchanged stays, although the same page tells its folder as deleted before it', async () => {
    connector = told([file('x', 'a/x.md'), file('y', 'a/y.md')]);
    await sync('full_sync');

    connector = told([{ state: 'gone_path', path: 'a' }, file('x', 'a/x.md')]);
    expect(await sync('delta')).toMatchObject({ status: 'completed', removed: 1 });
    expect(await titles()).toEqual(['a/x.md']);
  });
});

const titles = async (): Promise<string[]> => await titlesOf(headwater, user);

/** A file whose text is its id. */
function file(externalId: string, path: string): Entry {
  return {
    state: 'present',
    externalId,
    itemType: 'file',
    name: path.split('/').at(-1) ?? path,
    parentExternalId: null,
    path,
    mimeType: 'text/markdown',
    size: null,
    modifiedAt: null,
    fingerprint: { kind: 'etag', value: createHash('sha256').update(externalId).digest('hex') },
    webUrl: null,
  };
}

type Told = readonly Entry[] | (() => Promise<void>);

/** A source whose listing, from wherever it starts, tells these pages; a function is awaited before what follows. */
function told(...script: readonly Told[]): Connector {
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
