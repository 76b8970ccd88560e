import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from '@jest/globals';
import { describeApi } from '../../scripts/describe-api.ts';

test('the API’s description passes Redocly’s recommended rules without an error or a warning', async () => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // The addresses are fixed, and ids are UUIDs: no source has the id "sync".
    rules: { 'no-ambiguous-paths': 'off' },
  });
  const source = JSON.stringify(await describeApi());
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
}, 30_000);

test('a description that breaks the rules does not pass', async () => {
  const description = { ...(await describeApi()), servers: [] };
  const config = await createConfig({ extends: ['recommended-strict'] });
  const source = JSON.stringify(description);
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  expect(found.map(({ ruleId }) => ruleId)).toContain('no-empty-servers');
}, 30_000);
