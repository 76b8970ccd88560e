/**
 * P11 for every source: its whole life on the simulators of `npm start`, none of which receives a changing call. New
 * source types and simulators are included because they are in the lists.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readConfig } from '../../platform/config.ts';
import { sourceDefinitions } from '../../sources/connectors/registry.ts';
import { sourceTypes } from '../../domain/source.ts';
import { type LocalSimulators, startSimulatorsFor } from '../../tools/local/simulators.ts';
import { callLogs } from '../../tools/simulators/kit/server.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

let simulators: LocalSimulators;
let headwater: TestHeadwater;
let api: TestApi;

beforeAll(async () => {
  simulators = await startSimulatorsFor(readConfig({ PORT: '0' }));
  headwater = await startHeadwater({
    env: { ...environmentOf(simulators), CEILINGS: sourceTypes.map((type) => `${type}=1000000`).join(',') },
  });
  api = await startApiOf(headwater);
}, 60_000);
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await headwater[Symbol.asyncDispose]();
  await simulators[Symbol.asyncDispose]();
});

test.each(sourceDefinitions.filter(({ oauth }) => oauth !== null).map(({ type }) => type))(
  '%s: signing in, two syncs, single items and signing out only read',
  async (sourceType) => {
    const { id } = (await api.call('POST', '/api/data-sources', { body: { name: sourceType, sourceType } })).body
      .dataSource;
    const { authorizationUrl } = (await api.call('GET', `/api/data-sources/${id}/connect`)).body;
    expect(await api.call('GET', await consent(authorizationUrl))).toMatchObject({ status: 200 });
    const first = await sync({ dataSourceId: id, jobType: 'full_sync' });
    expect(first).toMatchObject({ status: 'completed', counts: { failed: 0 } });
    expect(first.counts.created).toBeGreaterThan(0);
    await sync({ dataSourceId: id, jobType: 'incremental' });
    const { items } = (await api.call('GET', `/api/data-sources/sync/${first.id}/items?outcome=created`)).body;
    const externalIds = items.slice(0, 3).map((item: { externalId: string }) => item.externalId);
    await sync({ dataSourceId: id, jobType: 'manual', externalIds });
    await api.call('POST', `/api/data-sources/${id}/disconnect`);
    expect(callLogs.reduce((sum, log) => sum + log.total, 0)).toBeGreaterThan(5);
    expect(callLogs.flatMap((log) => log.mutating())).toEqual([]);
  },
  60_000,
);

async function sync(body: object) {
  const { job } = (await api.call('POST', '/api/data-sources/sync', { body })).body;
  const get = async () => (await api.call('GET', `/api/data-sources/sync/${job.id}`)).body.job;
  await until(async () => !['pending', 'running'].includes((await get()).status));
  return await get();
}

/** Gives consent as the first account on the vendor's consent page. */
async function consent(authorizationUrl: string): Promise<string> {
  const page = await (await fetch(authorizationUrl)).text();
  const link = /href="([^"]*[?&;]choose=[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const answer = await fetch(new URL(link, authorizationUrl), { redirect: 'manual' });
  const back = new URL(answer.headers.get('location') ?? '');
  return `${back.pathname}${back.search}`;
}

function environmentOf({ vendors }: LocalSimulators): Record<string, string> {
  const settings = Object.entries(vendors).flatMap(
    ([vendor, { clientId, clientSecret, apiBaseUrl, authUrl, tokenUrl, revokeUrl }]) =>
      Object.entries({
        CLIENT_ID: clientId,
        CLIENT_SECRET: clientSecret,
        API_BASE_URL: apiBaseUrl,
        AUTH_URL: authUrl,
        TOKEN_URL: tokenUrl,
        REVOKE_URL: revokeUrl,
      }).map(([name, value]) => [`${vendor.toUpperCase()}_${name}`, value ?? '']),
  );
  return Object.fromEntries(settings) as Record<string, string>;
}
