/**
 * A release whose workflow code cannot replay the old histories is rolled out while a job runs: with TLS, an API key and
 * a namespace of its own, as in Temporal Cloud, and with encrypted payloads.
 */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import type { SyncProgress } from '../../domain/contract.ts';
import { findWorkflowBundle } from '../../platform/workflow-bundle.ts';
import { readConfig } from '../../platform/config.ts';
import {
  connectTemporal,
  registerSearchAttributes,
  SearchAttributesError,
} from '../../platform/temporal-connection.ts';
import { startWorker } from '../../worker.ts';
import { startApiOf } from '../harness/api.ts';
import { startHeadwater, type TestHeadwater } from '../harness/headwater.ts';
import { titlesOf } from '../harness/state.ts';
import { temporalAddress } from '../harness/temporal.ts';
import { findTemporalCli } from '../../tools/local/temporal-cli.ts';
import { startTlsProxy, type TlsProxy } from '../harness/tls-proxy.ts';
import { until } from '../harness/until.ts';

const fileCount = 60;
const apiKey = 'the key of this namespace';
const namespace = `own-${randomUUID()}`;
const deploymentName = `headwater-${randomUUID()}`;
let proxy: TlsProxy;
/** Why a worker would not start in the new namespace. */
let refusedStart: string;
let headwater: TestHeadwater;
/** The job that ran while the release was rolled out. */
let moved: { readonly userId: string; readonly dataSourceId: string; readonly workflowId: string };

beforeAll(async () => {
  proxy = await startTlsProxy(temporalAddress(), apiKey);
  Object.assign(process.env, {
    TEMPORAL_TLS: 'true',
    TEMPORAL_API_KEY: apiKey,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: proxy.caFile,
  });
  await createNamespace();
  refusedStart = await registered();
  await runItsCommand(refusedStart);
  await until(async () => (await registered()) === '');
  headwater = await startHeadwater({
    env: {
      TEMPORAL_ADDRESS: proxy.address,
      TEMPORAL_NAMESPACE: namespace,
      TEMPORAL_DEPLOYMENT_NAME: deploymentName,
      TEMPORAL_WORKER_BUILD_ID: 'first',
      TEMPORAL_ENCRYPT_PAYLOADS: 'true',
      ENCRYPTION_KEY: 'ab'.repeat(32),
    },
  });
}, 120_000);
afterAll(async () => {
  await headwater[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

test('where there is no operator service, a worker says which command makes the search attributes, and starts after it', () => {
  expect(refusedStart).toContain(`"${namespace}" lacks UserId, DataSourceId, SourceType, JobType`);
});

test('nothing stops and nothing is lost; old runs stay on old code, new ones begin on new code (P16)', async () => {
  await makeCurrent('first');
  const [ana, bob] = await Promise.all([driveOf('ana@example.com'), driveOf('bob@example.com')]);

  // Given a job that is in its middle, because downloads take their time
  headwater.google.faults.add({ path: '^/drive/v3/files/[^/]+$', then: { delayMs: 300 } });
  const running = await headwater.start({ dataSourceId: ana.dataSourceId, jobType: 'full_sync' });
  moved = { ...ana, workflowId: running.workflowId };
  await until(async () => (await progressOf(running.workflowId)).pagesListed > 0);
  await headwater.temporal.workflow.getHandle(running.workflowId).executeUpdate('pause');

  // When workers with other workflow code start, and become current
  const { config } = headwater;
  const newer = await startWorker({
    ...headwater.parts,
    config: { ...config, temporal: { ...config.temporal, deployment: { deploymentName, buildId: 'second' } } },
    workflowBundle: { code: await changedWorkflows() },
  });
  await using _ = newer;
  await makeCurrent('second');

  // Then a new job runs on the new code, while the other one waits for its old code
  const after = await headwater.start({ dataSourceId: bob.dataSourceId, jobType: 'full_sync' });
  expect(await after.result()).toMatchObject({ status: 'completed' });
  expect(await buildOf(after.workflowId)).toBe('second');
  await headwater.temporal.workflow.getHandle(running.workflowId).executeUpdate('resume');
  expect(await running.result()).toMatchObject({ status: 'completed' });
  expect(await buildOf(running.workflowId, running.firstExecutionRunId)).toBe('first');
  expect(await buildOf(`${running.workflowId}/page/1`)).toBe('first');

  // And without the old workers everything goes on
  await headwater.stopWorker();
  expect(await headwater.sync({ dataSourceId: ana.dataSourceId, jobType: 'full_sync' })).toMatchObject({
    status: 'completed',
    message: `Found ${fileCount}: ${fileCount} unchanged.`,
  });
  for (const { userId } of [ana, bob]) expect(await titlesOf(headwater, userId)).toHaveLength(fileCount);
}, 180_000);

test('the histories of these jobs hold no plain text, and operators read them by the codec server', async () => {
  const { userId, dataSourceId, workflowId } = moved;
  const payloads = (await Promise.all([workflowId, `${workflowId}/page/1`].map(payloadsOf))).flat();
  expect(payloads.length).toBeGreaterThan(20);
  for (const { metadata, data } of payloads) {
    expect(Buffer.from(metadata['encoding'] ?? []).toString()).toBe('binary/encrypted');
    for (const plain of [userId, dataSourceId, 'full_sync'])
      expect(Buffer.from(data).toString('latin1')).not.toContain(plain);
  }

  await using api = await startApiOf(headwater, {
    auth: { adminToken: 'the-token-of-operators', jwtSecret: 'x'.repeat(32), jwksUrl: undefined },
  });
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const target = `--address ${temporalAddress()} --namespace ${namespace} --output json`;
  const codec = ['--codec-endpoint', `${url}/api/temporal-codec`];
  const args = [`workflow show --workflow-id ${workflowId} ${target}`.split(' '), codec].flat();
  args.push('--codec-auth', 'Bearer the-token-of-operators');
  const cli = await findTemporalCli(process.env, () => {});
  const shown = await promisify(execFile)(cli, args, { env: withoutTemporal() });
  const texts = [...shown.stdout.matchAll(/"data": "([^"]*)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString(),
  );
  expect(texts.join('\n')).toContain(`"dataSourceId":"${dataSourceId}"`);
}, 60_000);

test('a call without the API key is refused', async () => {
  await using client = await connectTemporal(headwater.config);
  const before = proxy.refused();
  delete process.env['TEMPORAL_API_KEY'];
  await expect(connectTemporal(headwater.config)).rejects.toThrow();
  process.env['TEMPORAL_API_KEY'] = apiKey;
  expect(proxy.refused()).toBeGreaterThan(before);
  expect((await client.workflow.count()).count).toBeGreaterThan(0);
}, 60_000);

interface StoredPayload {
  readonly metadata: Readonly<Record<string, Uint8Array>>;
  readonly data: Uint8Array;
}

/** Every payload of a history, but for the search attributes, which Temporal has to read. */
async function payloadsOf(workflowId: string): Promise<StoredPayload[]> {
  const history: unknown = await headwater.temporal.workflow.getHandle(workflowId).fetchHistory();
  const found: StoredPayload[] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    if ('metadata' in value && 'data' in value && ArrayBuffer.isView(value.data)) found.push(value as StoredPayload);
    else for (const [name, part] of Object.entries(value)) if (!/searchAttributes/i.test(name)) collect(part);
  };
  collect(history);
  return found;
}

async function driveOf(email: string) {
  const userId = randomUUID();
  headwater.google.switches.maxPage = 10;
  headwater.google.state.account(email).generate(fileCount);
  return { userId, dataSourceId: await headwater.createDrive(userId, email) };
}

async function progressOf(workflowId: string): Promise<SyncProgress> {
  return await headwater.temporal.workflow.getHandle(workflowId).query<SyncProgress>('progress');
}

async function buildOf(workflowId: string, runId?: string): Promise<string | null | undefined> {
  const { raw } = await headwater.temporal.workflow.getHandle(workflowId, runId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
}

/** Each run begins with a timer, which no history of the old code contains. */
async function changedWorkflows(): Promise<string> {
  const bundle = await findWorkflowBundle();
  const code = 'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8');
  const changed = code.replaceAll(
    /async function (?:syncJob|syncPage)\([^)]*\) \{/g,
    (start) => `${start} await new Promise((resolve) => setTimeout(resolve, 1));`,
  );
  expect(changed.length - code.length).toBeGreaterThan(100);
  return changed;
}

/** What `temporal worker deployment set-current-version` does. The server knows a version when its workers have asked once. */
async function makeCurrent(buildId: string): Promise<void> {
  const { workflowService } = headwater.temporal.connection;
  await until(
    async () =>
      await workflowService
        .setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, identity: 'test' })
        .then(
          () => true,
          () => false,
        ),
  );
}

/** @returns what a worker's start says about the search attributes; empty if they are there */
async function registered(): Promise<string> {
  await using client = await connectTemporal(readConfig({ TEMPORAL_ADDRESS: proxy.address }));
  return await registerSearchAttributes(client, namespace).then(
    () => '',
    (error: unknown) => (error instanceof SearchAttributesError ? error.message : Promise.reject(error)),
  );
}

/** Runs the command that the message names, as somebody who may. */
async function runItsCommand(message: string): Promise<void> {
  const [, args = ''] = /^ +temporal (operator .*)$/m.exec(message) ?? [];
  await promisify(execFile)(
    await findTemporalCli(process.env, () => {}),
    [...args.split(' '), '--address', temporalAddress()],
    { env: withoutTemporal() },
  );
}

/** For the command line, which asks the server itself, without the proxy's TLS and key. */
function withoutTemporal(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

async function createNamespace(): Promise<void> {
  const plain = await Connection.connect({ address: temporalAddress() });
  await plain.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await until(
    async () =>
      await plain.workflowService.countWorkflowExecutions({ namespace }).then(
        () => true,
        () => false,
      ),
  );
  await plain.close();
}
