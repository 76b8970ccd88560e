/**
 * Searches continuously while documents change and are deleted: hits are live, and deleted documents do not come back
 * (P4).
 */

import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import type { GoogleAccount } from '../../tools/simulators/google/state.ts';
import { api, headwater, runHeadwater } from '../harness/running.ts';

const documents = 12;
const rounds = 4;

let account: GoogleAccount;
let dataSourceId: string;

runHeadwater();
beforeAll(async () => {
  account = headwater.google.state.account(`${randomUUID()}@example.com`);
  dataSourceId = await headwater.createDrive('local', account.email);
}, 60_000);

const textOf = (place: number, version: number): string => `The tidemark of place ${place} in version ${version}.`;

test('every hit belongs to a version that is live during the search, and a removed document never comes back', async () => {
  const ids = Array.from({ length: documents }, (_, place) =>
    account.addFile({ name: `Place ${place}.md`, content: textOf(place, 0) }),
  );
  await headwater.sync({ dataSourceId, jobType: 'full_sync' });
  /** The oldest version of each place that may still be found; none for a removed one. */
  const oldest = ids.map(() => 0);
  let newest = 0;
  const ended = new AbortController();
  let searches = 0;
  const seen = new Set<string>();

  const searching = (async () => {
    while (!ended.signal.aborted) {
      const allowed = [...oldest];
      const { status, body } = await api.call('POST', '/api/search', { body: { query: 'tidemark', limit: 50 } });
      expect(status).toBe(200);
      searches++;
      const places = body.hits.map(({ snippet }: { snippet: string }) => {
        const [, place = '', version = ''] = /place (\d+) in version (\d+)/.exec(snippet) ?? [];
        expect(Number(version)).toBeGreaterThanOrEqual(allowed[Number(place)] ?? 0);
        expect(Number(version)).toBeLessThanOrEqual(newest);
        seen.add(`${place}/${version}`);
        return place;
      });
      expect(new Set(places).size).toBe(places.length);
    }
  })();

  for (let round = 1; round <= rounds; round++) {
    newest = round;
    const removed = round - 1;
    ids.forEach((id, place) => place > removed && account.update(id, textOf(place, round)));
    account.delete(ids[removed] ?? '');
    const job = await Promise.race([headwater.sync({ dataSourceId, jobType: 'incremental' }), searching]);
    expect(job).toMatchObject({ status: 'completed' });
    for (const place of ids.keys()) oldest[place] = place <= removed ? Number.POSITIVE_INFINITY : round;
  }
  ended.abort();
  await searching;
  expect(searches).toBeGreaterThan(rounds);
  const { body } = await api.call('POST', '/api/search', { body: { query: 'tidemark', limit: 50 } });
  expect(body.hits).toHaveLength(documents - rounds);
  for (let version = 0; version < rounds; version++) expect(seen).toContain(`${documents - 1}/${version}`);
}, 60_000);
