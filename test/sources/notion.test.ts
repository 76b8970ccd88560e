/** Notion through the REST API, and the cost of syncing some hundred pages. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { notionConfig } from '../../sources/connectors/notion/config.ts';
import { createNotionConnector } from '../../sources/connectors/notion/connector.ts';
import { notionPaths } from '../../tools/simulators/notion/oauth.ts';
import { type NotionSimulator, simulatedNotionClient, startNotion } from '../../tools/simulators/notion/server.ts';
import type { NotionWorkspace } from '../../tools/simulators/notion/state.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { contentOf } from '../harness/state.ts';
import { describeEndToEnd } from './end-to-end.ts';

describeEndToEnd({
  sourceType: 'notion',
  vendor: 'notion',
  open: async () => {
    const server = await startNotion();
    const workspace = server.state.workspace('ana@example.com');
    const handbook = workspace.addPage({ title: 'Handbook' });
    // Long ago, so that the edit falls into another minute.
    server.state.skewMs = -3_600_000;
    return {
      server,
      client: simulatedNotionClient,
      paths: notionPaths,
      account: workspace.email,
      add: (name, text) => workspace.addPage({ title: name, content: text, parent: { type: 'page_id', id: handbook } }),
      update: (id, text) => {
        server.state.skewMs = 0;
        workspace.update(id, text);
      },
      remove: (id) => workspace.trash(id),
    };
  },
});

describe('the engine and Notion', () => {
  let notion: NotionSimulator;
  let workspace: NotionWorkspace;
  let headwater: TestHeadwater;
  let dataSourceId: string;
  let count = 0;

  beforeAll(async () => {
    notion = await startNotion();
    headwater = await startHeadwater({
      parts: {
        connectorFor: () => {
          const { accessToken } = notion.oauth.issue(workspace.email);
          const tokens = { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
          const throttle = async () => await Promise.resolve();
          const logger = pino({ level: 'silent' });
          return createNotionConnector(
            notionConfig.parse({}),
            { tokens, throttle, logger, maxItemBytes: 1024 * 1024 },
            notion.url,
          );
        },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await headwater[Symbol.asyncDispose]();
    await notion[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    notion.state.skewMs = -3_600_000;
    workspace = notion.state.workspace(`ana${++count}@example.com`);
    dataSourceId = await headwater.createSource(workspace.email, 'notion');
  });

  const sync = async (jobType: 'full_sync' | 'incremental') => {
    const { jobId } = await headwater.sync({ dataSourceId, jobType });
    return await headwater.job(workspace.email, jobId);
  };
  const held = async () => Object.keys(await contentOf(headwater, workspace.email));

  test('a page in the trash is removed by the next sync with everything in it; lost access by the next full one', async () => {
    const handbook = workspace.addPage({ title: 'Handbook', content: 'Welcome.' });
    const ropes = workspace.addPage({ title: 'Ropes', content: 'Hemp.', parent: { type: 'page_id', id: handbook } });
    workspace.addPage({ title: 'Knots', content: 'Bowline.', parent: { type: 'page_id', id: ropes } });
    const lamps = workspace.addPage({ title: 'Lamps', content: 'Fresnel.' });
    await sync('full_sync');
    expect(await held()).toEqual(['Handbook', 'Handbook/Ropes', 'Handbook/Ropes/Knots', 'Lamps']);
    notion.state.skewMs = 0;
    workspace.trash(ropes);
    workspace.unshare(lamps);
    expect(await sync('incremental')).toMatchObject({ status: 'completed', removed: 2 });
    expect(await held()).toEqual(['Handbook', 'Lamps']);
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', removed: 1 });
    expect(await held()).toEqual(['Handbook']);
  });

  test('two hundred and fifty pages cost a list each and their text; unchanged ones cost two calls', async () => {
    // As many answers as a thousand pages have.
    notion.switches.maxPage = 25;
    workspace.generate(250);
    notion.log.clear();
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', created: 250 });
    expect(callsByKind(notion)).toEqual({ search: 20, children: 250, markdown: 250 });
    notion.log.clear();
    expect(await sync('incremental')).toMatchObject({ status: 'completed', found: 0 });
    expect(callsByKind(notion)).toEqual({ search: 2 });
    notion.log.clear();
    expect(await sync('full_sync')).toMatchObject({ status: 'completed', unchanged: 250 });
    expect(callsByKind(notion)).toEqual({ search: 20, children: 250 });
    expect(notion.log.mutating()).toEqual([]);
  }, 120_000);
});

function callsByKind({ log }: NotionSimulator): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path } of log.calls) {
    const kind = path.split('/').at(-1) ?? '';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
