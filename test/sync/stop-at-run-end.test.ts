/** A job that must stop does so wherever it is, also when its run is just about to continue as new. */

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import {
  type CloseJobInput,
  type PageRef,
  type SyncJobResult,
  workflowIds,
  workflowTypes,
} from '../../domain/contract.ts';
import { registerSearchAttributes } from '../../platform/temporal-connection.ts';
import { findWorkflowBundle } from '../../platform/workflow-bundle.ts';
import { prepareTemporal, temporalAddress } from '../harness/temporal.ts';

/** The pages after which a run continues as new (`maxStepsPerRun` in page-listing.ts). */
const pagesOfRun = 100;
const namespace = 'default';
const stack = new AsyncDisposableStack();
let client: Client;
let connection: NativeConnection;

beforeAll(async () => {
  await prepareTemporal();
  const address = temporalAddress();
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  stack.defer(() => client.connection.close());
  connection = await NativeConnection.connect({ address });
  stack.defer(() => connection.close());
  await registerSearchAttributes(client, namespace);
}, 60_000);
afterAll(async () => await stack.disposeAsync());

test('the reason to stop that the last page gives before the job continues as new is not forgotten', async () => {
  const [jobId, taskQueue] = [randomUUID(), `test-${randomUUID()}`];
  const listed: number[] = [];
  const closed: CloseJobInput[] = [];
  const failure = { code: 'unreadable', message: 'It is damaged.', count: 1000 } as const;
  const activities: Partial<Record<keyof Activities, (input: never) => Promise<unknown>>> = {
    openJob: async () => ({
      opened: true,
      jobId,
      userId: 'ana',
      sourceType: 'notion',
      mode: 'full',
      picksItems: false,
    }),
    listPage: async ({ page }: PageRef) => {
      listed.push(page);
      const items = page > pagesOfRun ? 0 : 1;
      return { pages: 1, items, unchanged: 0, batches: items, more: page < 2 * pagesOfRun };
    },
    downloadBatch: async () => {},
    transformBatch: async () => {},
    embedBatch: async ({ page }: PageRef) =>
      page < pagesOfRun ? { tried: 1, failure: null } : { tried: failure.count, failure },
    findRemovals: async () => ({ removals: 0, toConfirm: 0, hasRetries: false, hasStale: false }),
    closeJob: async (input: CloseJobInput) => {
      closed.push(input);
      const { status, errorCode, errorMessage } = input;
      return { status, errorCode, errorMessage, counts: null, gaps: 0 };
    },
  };
  const workflowBundle = await findWorkflowBundle();
  const worker = await Worker.create({ connection, namespace, taskQueue, workflowBundle, activities });
  const result: SyncJobResult = await worker.runUntil(
    client.workflow.execute(workflowTypes.syncJob, {
      taskQueue,
      workflowId: workflowIds.job(jobId),
      args: [{ dataSourceId: randomUUID(), jobId, jobType: 'full_sync' }],
    }),
  );
  expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining('It is damaged.') });
  expect(closed).toMatchObject([{ status: 'failed', errorCode: 'most_items_fail', swept: false }]);
  expect(listed).toEqual(Array.from({ length: pagesOfRun }, (_, i) => i + 1));
}, 180_000);
