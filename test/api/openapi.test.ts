import { randomUUID } from 'node:crypto';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from '@jest/globals';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { encodeFeedCursor } from '../../api/feed-cursor.ts';
import { encodeCursor, encodeTextCursor } from '../../db/access/cursors.ts';
import { describeApi } from '../../scripts/describe-api.ts';

test('the API’s description passes Redocly’s recommended rules without an error or a warning', async () => {
  expect(await lintWithRedocly(await describeApi())).toEqual([]);
}, 180_000);

test('it passes Spectral’s recommended rules for OpenAPI without an error, a warning or a hint', async () => {
  expect(await lintWithSpectral(await describeApi())).toEqual([]);
}, 180_000);

test('a description that breaks the rules of either does not pass', async () => {
  const description = await describeApi();
  expect((await lintWithRedocly({ ...description, servers: [] })).map(([rule]) => rule)).toContain('no-empty-servers');
  const paths = { '/a?b=c': { get: { responses: {} } } };
  expect((await lintWithSpectral({ ...description, paths })).map(([rule]) => rule)).toEqual(
    expect.arrayContaining(['path-not-include-query', 'operation-operationId', 'operation-success-response']),
  );
}, 180_000);

test('each list accepts the longest cursor that it gives', async () => {
  const { paths } = (await describeApi()) as { paths: Record<string, { get?: Operation }> };
  const limits = Object.entries(paths).flatMap(([path, { get }]) => {
    const cursor = get?.parameters?.find(({ name }) => name === 'cursor');
    return cursor === undefined ? [] : [[path, cursor.schema.maxLength] as const];
  });
  const place = { at: '2026-01-31T00:00:00.000Z', id: randomUUID() };
  const feed = encodeFeedCursor({ feed: place.id, position: '9'.repeat(19), caughtUpAt: place.at });
  // A title of characters that JSON escapes.
  const title = JSON.stringify(['title', '\u0001'.repeat(1000), place.id]);
  const longest: Readonly<Record<string, string>> = {
    '/api/audit-events': encodeCursor(place),
    '/api/data-sources/sync': encodeCursor(place),
    '/api/data-sources/sync/{jobId}/items': encodeTextCursor('x'.repeat(2000)),
    '/api/data-sources/sync/{jobId}/removals': encodeTextCursor('x'.repeat(2000)),
    '/api/data-sources/{id}/files': encodeTextCursor('\u{ffff}'.repeat(1000)),
    '/api/documents': encodeTextCursor(title),
    '/api/documents/changes': feed,
    '/api/documents/export': feed,
    '/api/webhooks/{id}/deliveries': encodeCursor(place),
  };
  expect(limits.map(([path]) => path).toSorted()).toEqual(Object.keys(longest).toSorted());
  for (const [path, max] of limits) expect([path, (longest[path]?.length ?? 0) <= (max ?? 0)]).toEqual([path, true]);
});

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: { readonly maxLength?: number } }[];
}

/** Each rule that is broken, with what is wrong and where. */
type Found = readonly (readonly [rule: string | number, message: string, place: string | undefined])[];

async function lintWithRedocly(description: object): Promise<Found> {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // The addresses are fixed, and ids are UUIDs: no source has the id "sync".
    rules: { 'no-ambiguous-paths': 'off' },
  });
  const found = await lintFromString({ source: JSON.stringify(description), absoluteRef: 'openapi.json', config });
  return found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);
}

async function lintWithSpectral(description: object): Promise<Found> {
  const spectral = new spectralCore.Spectral();
  // The two packages describe the same set of rules by two types.
  const rules = spectralRulesets.oas as unknown as RulesetDefinition;
  spectral.setRuleset({ extends: [[rules, 'recommended']] });
  const found = await spectral.run(JSON.stringify(description));
  return found.map(({ code, message, path }) => [code, message, path.join('.')]);
}
