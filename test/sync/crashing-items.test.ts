/**
 * An item that crashes every worker that processes it costs a few of them, then fails alone; all others of its batch
 * succeed.
 */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { createByteBudget } from '../../activities/support/byte-budget.ts';
import type { ActivityDependencies } from '../../activities/support/dependencies.ts';
import { asUser } from '../../db/access/as-user.ts';
import { listJobItems } from '../../db/jobs/job-queries.ts';
import type { BatchRef, Heartbeat, PageRef } from '../../domain/contract.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { startSteps, type Steps } from '../harness/steps.ts';

const items = 30;
const bad = 'i17';
/** Parts of 30 items, of 8, and of one, and that one twice. */
const deathsExpected = 4;
let source: HostileSource;
let steps: Steps;
let page: PageRef;

beforeAll(async () => {
  steps = await startSteps(() => createHostileConnector(source));
}, 120_000);
afterAll(async () => await steps[Symbol.asyncDispose]());
beforeEach(async () => {
  source = new HostileSource();
  source.pageSize = items;
  for (let i = 0; i < items; i++) source.put(`i${i}`, `text ${i}`);
  page = await steps.open(await steps.createSource(), 'full_sync');
  await steps.run('listPage', page);
  await steps.run('diffPage', page);
});

const stages = ['downloadBatch', 'transformBatch', 'embedBatch'] as const;

test.each(stages)('in %s', async (deadly) => {
  const ref = { ...page, batch: 0 };
  let deaths = 0;
  for (const stage of stages) {
    if (stage === deadly) deaths = await untilItLives(stage, ref);
    else await steps.run(stage, ref);
  }
  await steps.run('closePage', page);
  const end = await steps.run('closeJob', {
    ...page,
    status: 'completed',
    errorCode: null,
    errorMessage: null,
    swept: false,
  });

  expect(deaths).toBe(deathsExpected);
  expect(end).toMatchObject({ status: 'completed', counts: { found: items, created: items - 1, failed: 1 } });
  const failed = await asUser(
    steps.database.db,
    steps.userId,
    async (trx) => await listJobItems(trx, page.jobId, { outcome: 'failed' }, 10),
  );
  expect(failed).toMatchObject([{ externalId: bad, errorCode: 'crashed_worker' }]);
});

test('an attempt that failed with a regular error is no reason to divide the batch', async () => {
  const sizes: number[] = [];
  const ref = { ...page, batch: 0 };
  const connector = createHostileConnector(source);
  await steps.run('downloadBatch', ref, {
    attempt: 7,
    heartbeatDetails: { size: null, hasEnded: true } satisfies Heartbeat,
    deps: {
      connectorFor: () => ({
        ...connector,
        fetch: async (...asked) => {
          sizes.push(1);
          return await connector.fetch(...asked);
        },
      }),
    },
  });
  expect(sizes).toHaveLength(items);
  const lines = steps
    .logged()
    .split('\n')
    .filter((line) => line.includes(page.jobId));
  expect(lines.filter((line) => line.includes('was interrupted'))).toEqual([]);
});

/** Runs attempt after attempt, each with the previous one's last heartbeat. @returns how many crashed */
async function untilItLives(stage: (typeof stages)[number], ref: BatchRef): Promise<number> {
  let last: Heartbeat | undefined;
  for (let deaths = 0; ; deaths++) {
    const death = Promise.withResolvers<'died'>();
    let isAlive = true;
    const attempt = steps.run(stage, ref, {
      attempt: deaths + 1,
      heartbeatDetails: last,
      onHeartbeat: (details) => {
        // Crashed attempts still send heartbeats in this process; they are ignored.
        if (isAlive) last = details as Heartbeat;
      },
      deps: killing(death.resolve),
    });
    const outcome = await Promise.race([death.promise, attempt]);
    isAlive = false;
    if (outcome !== 'died') return deaths;
  }
}

/** At the bad item everything stops, as in a process that has crashed. */
function killing(die: (word: 'died') => void): Partial<ActivityDependencies> {
  const dead = async (): Promise<never> => {
    die('died');
    return await new Promise(() => {});
  };
  return {
    // The state of a process ends with it.
    oneAtATime: pLimit(1),
    bytesInFlight: createByteBudget(2 ** 30),
    connectorFor: () => {
      const connector = createHostileConnector(source);
      return {
        ...connector,
        fetch: async (ref, signal) => (ref.externalId === bad ? await dead() : await connector.fetch(ref, signal)),
      };
    },
    read: async (input, ...who) =>
      input.facts.name.startsWith(`${bad}.`) ? await dead() : await steps.deps.read(input, ...who),
    embedderOf: (space) => {
      const embedder = steps.deps.embedderOf(space);
      return {
        ...embedder,
        embed: async (texts, ...more) =>
          texts.some((text) => text.includes('text 17')) ? await dead() : await embedder.embed(texts, ...more),
      };
    },
  };
}
