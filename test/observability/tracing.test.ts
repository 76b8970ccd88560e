/** Traces are sent where the standard variables say, and contain no content. */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { startTracing } from '../../platform/tracing.ts';
import { startHeadwater } from '../harness/headwater.ts';

test('a sync is a trace of its workflow and activities, without names or text of what is synced', async () => {
  const received: Buffer[] = [];
  let logged = '';
  const collector = createServer((request, response) => {
    request.on('data', (part: Buffer) => received.push(part));
    request.on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  {
    await using tracing = await startTracing('headwater-test', true);
    await using headwater = await startHeadwater({ parts: { tracing } });
    const user = randomUUID();
    const account = headwater.google.state.account(`${user}@example.com`);
    account.addFile({ name: 'xyloquartz.md', content: 'the xyloquartz itself' });
    const dataSourceId = await headwater.createDrive(user, account.email);
    expect(await headwater.sync({ dataSourceId, jobType: 'full_sync' })).toMatchObject({ status: 'completed' });
    logged = headwater.logged();
  }
  delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  collector.close();
  const sent = Buffer.concat(received).toString('latin1');
  for (const name of [
    'headwater-test',
    'RunWorkflow:syncJob',
    'RunWorkflow:syncPage',
    'RunActivity:listPage',
    'RunActivity:embedBatch',
  ])
    expect([name, sent.includes(name)]).toEqual([name, true]);
  expect(sent).not.toContain('xyloquartz');

  // A line of a step leads to its trace
  const traceId = /"trace_id":"([0-9a-f]{32})".*"msg":"google call"/.exec(logged)?.[1] ?? 'none';
  expect(sent).toContain(Buffer.from(traceId, 'hex').toString('latin1'));
}, 60_000);

test('without the variables, nothing is loaded or sent', async () => {
  await using tracing = await startTracing('headwater-test', false);
  expect(tracing.plugins).toEqual([]);
});
