/**
 * One definition per source and one list: a new source is a folder and a line
 * (docs/decisions/21-one-definition-per-source.md).
 */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { sourceTypes } from '../../domain/source.ts';
import { definitionOf, sourceDefinitions } from '../../sources/connectors/registry.ts';
import { toy } from '../doubles/toy/index.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf } from '../harness/state.ts';

const none = { apiBaseUrl: undefined };
const settings = {
  localFolderRoots: ['/'],
  vendors: { google: none, dropbox: none, microsoft: none, notion: none, slack: none },
};
const context = {
  tokens: { accessToken: async () => await Promise.resolve(''), invalidate: () => {} },
  throttle: async () => await Promise.resolve(),
  logger: pino({ level: 'silent' }),
  maxItemBytes: 1,
};

describe('the list of sources', () => {
  test('defines each type once', () => {
    expect(sourceDefinitions.map(({ type }) => type).toSorted()).toEqual([...sourceTypes].toSorted());
    expect(new Set(sourceDefinitions.map(({ label }) => label)).size).toBe(sourceTypes.length);
  });

  test.each(sourceDefinitions.filter(({ oauth }) => oauth !== null))(
    '$label declares which fields of its config have choices from the account',
    async ({ type, choiceFields }) => {
      const connector = (await definitionOf(type).load()).createConnector({}, context, settings);
      expect(connector.sourceType).toBe(type);
      expect(Object.keys(connector.choices ?? {})).toEqual(choiceFields);
    },
  );

  test.each(sourceDefinitions)('$label can keep items for a number of days', async (definition) => {
    const { type, config } = definition;
    const path = type === 'local_folder' ? { path: '/' } : {};
    const parsed = config.parse({ ...path, retainDays: 30 });
    const connector = (await definition.load()).createConnector(parsed, context, settings);
    expect(connector.retainDays).toBe(30);
    expect(config.safeParse({ ...path, retainDays: 0 }).success).toBe(false);
  });

  test('an invalid config is refused before any vendor code runs', () => {
    expect(definitionOf('dropbox').config.safeParse({ folders: ['/a'], other: 1 }).success).toBe(false);
  });
});

describe('a source in a test’s own folder', () => {
  let headwater: TestHeadwater;
  beforeAll(async () => {
    headwater = await startHeadwater({ parts: { sources: [...sourceDefinitions, toy] } });
  }, 60_000);
  afterAll(async () => await headwater[Symbol.asyncDispose]());

  test('syncs through the real workflow because it is in the list', async () => {
    const dataSourceId = await headwater.createSource('ana', toy.type, { greeting: 'Ahoy' });
    const { jobId } = await headwater.sync({ dataSourceId, jobType: 'full_sync' });
    expect(await headwater.job('ana', jobId)).toMatchObject({ status: 'completed', created: 2, failed: 0 });
    expect(Object.values(await contentOf(headwater, 'ana'))).toEqual(['Ahoy, ferry', 'Ahoy, lamp']);
  });
});
