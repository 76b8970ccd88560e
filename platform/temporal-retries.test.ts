import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { freePort } from '../tools/local/ports.ts';
import { readConfig } from './config.ts';
import { connectTemporal } from './temporal-connection.ts';

test('a connection that ends while a refused call is being repeated takes no process with it', async () => {
  const temporal = await connectTemporal(readConfig({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }), {
    lazy: true,
  });
  const call = temporal.workflowService.getSystemInfo({}).then(
    () => 'answered',
    () => 'refused',
  );
  // Long enough to be refused, and short of the repeat that follows
  await sleep(300);

  await temporal[Symbol.asyncDispose]();

  // Left alone it would be repeated for half a minute; on a closed channel its timer throws
  expect(await Promise.race([call, sleep(10_000)])).toBe('refused');
}, 30_000);
