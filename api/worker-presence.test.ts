import { expect, test } from '@jest/globals';
import type { ApiDependencies } from './dependencies.ts';
import { workerWarning } from './worker-presence.ts';

/** Temporal as far as it is asked here. @param polledAgoSeconds when each worker last asked for work */
function depsWith(polledAgoSeconds: readonly number[] | Error) {
  const now = Math.floor(Date.now() / 1000);
  const describeTaskQueue = async () => {
    if (polledAgoSeconds instanceof Error) throw polledAgoSeconds;
    return await Promise.resolve({
      pollers: polledAgoSeconds.map((ago) => ({ lastAccessTime: { seconds: now - ago } })),
    });
  };
  const temporal = {
    options: { namespace: 'default' },
    withDeadline: async (_at: number, work: () => Promise<unknown>) => await work(),
    workflowService: { describeTaskQueue },
  };
  return { temporal, taskQueue: 'sync' } as unknown as Pick<ApiDependencies, 'temporal' | 'taskQueue'>;
}

test.each<[string, readonly number[] | Error, boolean]>([
  ['no worker has ever asked for work', [], true],
  ['the last one stopped two minutes ago', [120], true],
  ['one of two still asks', [120, 30], false],
  ['Temporal does not say', new Error('UNAVAILABLE'), false],
])('whoever starts a job is warned if %s: %#', async (_case, polled, isWarned) => {
  const warning = await workerWarning(depsWith(polled));
  expect(warning).toEqual(isWarned ? expect.stringContaining('npm run worker') : null);
});
