/** One source from connecting to a search result and back, through the REST API and the vendor's consent page. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SourceType, VendorName } from '../../domain/source.ts';
import type { SimServer } from '../../tools/simulators/kit/server.ts';
import { startApiOf, type TestApi } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { until } from '../harness/until.ts';

/** A simulated vendor with one account that a test can change. */
export interface JourneySource {
  readonly server: SimServer;
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  readonly paths: { readonly authorize: string; readonly token: string; readonly revoke: string | null };
  readonly account: string;
  /** @returns the item's id at the source */
  add(name: string, text: string): string;
  update(id: string, text: string): void;
  remove(id: string): void;
}

export interface SourceUnderTest {
  readonly sourceType: SourceType;
  readonly vendor: VendorName;
  readonly config?: object;
  open(): Promise<JourneySource>;
}

export function describeEndToEnd(subject: SourceUnderTest): void {
  describe(`${subject.sourceType}: connect, sync, search, edit, delete`, () => {
    let source: JourneySource;
    let headwater: TestHeadwater;
    let api: TestApi;

    beforeAll(async () => {
      source = await subject.open();
      headwater = await startHeadwater({ env: environmentOf(subject.vendor, source) });
      api = await startApiOf(headwater);
    }, 60_000);
    afterAll(async () => {
      await api[Symbol.asyncDispose]();
      await headwater[Symbol.asyncDispose]();
      await source.server[Symbol.asyncDispose]();
    });

    const sync = async (dataSourceId: string, jobType: string) => {
      const { body } = await api.call('POST', '/api/data-sources/sync', { body: { dataSourceId, jobType } });
      const get = async () => (await api.call('GET', `/api/data-sources/sync/${body.job.id}`)).body.job;
      await until(async () => !['pending', 'running'].includes((await get()).status));
      return await get();
    };
    const search = async (query: string): Promise<string[]> =>
      (await api.call('POST', '/api/search', { body: { query } })).body.hits.map(
        (hit: { snippet: string }) => hit.snippet,
      );

    test('existing text is found, changes follow, deleted text is removed, and nothing was ever changed at the source', async () => {
      const created = await api.call('POST', '/api/data-sources', {
        body: { name: 'Mine', sourceType: subject.sourceType, config: subject.config ?? {} },
      });
      expect(created.status).toBe(201);
      const { id } = created.body.dataSource;
      await connect(id);

      const lamp = source.add('Lamps.md', 'The lighthouse lamps are Fresnel lenses from Trondheim.');
      const rope = source.add('Ropes.md', 'Hemp ropes are kept in the boathouse, dry and coiled.');
      expect(await sync(id, 'full_sync')).toMatchObject({ status: 'completed', counts: { failed: 0 } });
      expect((await search('Fresnel lenses')).join('\n')).toContain('Trondheim');

      source.update(lamp, 'The lighthouse lamps are LED lamps from Bergen now.');
      expect(await sync(id, 'incremental')).toMatchObject({ status: 'completed', counts: { failed: 0 } });
      const hits = (await search('lighthouse lamps')).join('\n');
      expect(hits).toContain('Bergen');
      expect(hits).not.toContain('Trondheim');

      source.remove(rope);
      // If the feed reports deletions, the next run finds them, otherwise the next full listing
      await sync(id, 'incremental');
      expect(await sync(id, 'full_sync')).toMatchObject({ status: 'completed', counts: { failed: 0 } });
      expect((await search('hemp ropes boathouse')).join('\n')).not.toContain('coiled');

      // A run without changes finds nothing to do
      const quiet = await sync(id, 'full_sync');
      expect(quiet).toMatchObject({ status: 'completed', counts: { created: 0, updated: 0, removed: 0, failed: 0 } });
      expect(source.server.log.mutating()).toEqual([]);
    }, 90_000);

    async function connect(id: string): Promise<void> {
      const { authorizationUrl } = (await api.call('GET', `/api/data-sources/${id}/connect`)).body;
      const consent = new URL(authorizationUrl);
      consent.searchParams.set('choose', source.account);
      const answer = await fetch(consent, { redirect: 'manual' });
      const back = new URL(answer.headers.get('location') ?? '');
      const connected = await api.call('GET', `${back.pathname}${back.search}`);
      expect(connected).toMatchObject({ status: 200, body: { dataSource: { connectionStatus: 'connected' } } });
      expect(connected.body.dataSource.accountLabel).toContain(source.account);
    }
  });
}

function environmentOf(vendor: VendorName, { server, client, paths }: JourneySource): Record<string, string> {
  const prefix = vendor.toUpperCase();
  return {
    [`${prefix}_CLIENT_ID`]: client.clientId,
    [`${prefix}_CLIENT_SECRET`]: client.clientSecret,
    [`${prefix}_API_BASE_URL`]: server.url,
    [`${prefix}_AUTH_URL`]: `${server.url}${paths.authorize}`,
    [`${prefix}_TOKEN_URL`]: `${server.url}${paths.token}`,
    ...(paths.revoke === null ? {} : { [`${prefix}_REVOKE_URL`]: `${server.url}${paths.revoke}` }),
  };
}
