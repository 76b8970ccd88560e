import { describe, expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { pino } from 'pino';
import { SyncError } from '../../domain/errors.ts';
import { activityEnvironment } from '../../test/harness/activity.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { activity } from './activity.ts';

/** A step without a job uses only the log. */
const deps = { logger: pino({ level: 'silent' }) } as unknown as ActivityDependencies;

const failWith = (thrown: Error) => async (): Promise<never> => await Promise.reject(thrown);

describe('a step', () => {
  test('sends heartbeats with its attempt while it works', async () => {
    const environment = activityEnvironment({ attempt: 3 });
    const beats = Promise.withResolvers<void>();
    environment.on('heartbeat', () => beats.resolve());
    const work = activity(deps, async (_input: object, { attempt }) => {
      await beats.promise;
      return attempt;
    });
    expect(await environment.run(work, {})).toBe(3);
  });

  test('turns a known error into a failure of its kind, and hides the message of an unknown one (P7)', async () => {
    const run = async (error: Error): Promise<unknown> =>
      await activityEnvironment().run(activity(deps, failWith(error)), {});
    await expect(run(new SyncError('forbidden', { message: 'It may not be read.' }))).rejects.toMatchObject({
      type: 'forbidden',
      message: 'It may not be read.',
      nonRetryable: true,
    });
    await expect(run(new Error('the secret text of a document'))).rejects.toMatchObject({
      type: 'internal',
      message: expect.not.stringContaining('secret'),
    });
  });

  test('that is cancelled ends as cancelled, however its work reacts to the signal', async () => {
    const environment = activityEnvironment();
    const work = activity(deps, async (_input: object, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new TypeError('fetch failed');
    });
    const running = environment.run(work, {});
    environment.cancel();
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
  });

  test('that is cancelled ends within seconds, even if its work ignores the signal', async () => {
    const environment = activityEnvironment();
    const running = environment.run(
      activity(deps, async () => await new Promise(() => {})),
      {},
    );
    environment.cancel();
    const cancelled = Date.now();
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
    expect(Date.now() - cancelled).toBeLessThan(8000);
  });

  test('says in its last heartbeat whether it ended regularly, for the next attempt', async () => {
    const beats: unknown[] = [];
    const attemptAfter = async (attempt: number, heartbeatDetails: unknown): Promise<void> => {
      const environment = activityEnvironment({ attempt, heartbeatDetails });
      environment.on('heartbeat', (details) => beats.push(details));
      await expect(environment.run(activity(deps, failWith(new Error('x'))), { batch: 0 })).rejects.toThrow();
    };
    await attemptAfter(1, undefined);
    expect(beats).toMatchObject([{ size: null, hasEnded: true }]);
    await attemptAfter(2, beats[0]);
    expect(beats.slice(1)).toMatchObject([
      { size: null, hasEnded: false },
      { size: null, hasEnded: true },
    ]);
  });

  test('that has failed still says so in the heartbeats that it sends while it reports the failure', async () => {
    const beats: unknown[] = [];
    const environment = activityEnvironment({ attempt: 1 });
    const reported = Promise.withResolvers<void>();
    environment.on('heartbeat', (details) => {
      beats.push(details);
      if (beats.length === 2) reported.resolve();
    });
    const slow = { ...deps, troubles: { failed: () => reported.promise, succeeded: () => reported.promise } };
    const work = activity(slow, failWith(new Error('x')));
    await expect(environment.run(work, { jobId: 'j', userId: 'u', batch: 0 })).rejects.toThrow();
    const ended = { size: null, hasEnded: true, outage: expect.anything() };
    expect(beats).toMatchObject([ended, ended]);
  });

  test('says in its heartbeats how long it has failed, which waiting for a rate limit is no part of', async () => {
    const outages: unknown[] = [];
    const attemptAfter = async (heartbeatDetails: object, thrown: Error): Promise<unknown> => {
      const environment = activityEnvironment({ attempt: 2, heartbeatDetails });
      environment.on('heartbeat', ({ outage }) => outages.push(outage));
      return await environment.run(activity(deps, failWith(thrown)), {}).catch((error: unknown) => error);
    };
    const now = Date.now();
    const outage = { since: now - 61 * 60_000, nextAttemptAt: now };
    const unavailable = new SyncError('unavailable', { message: 'down' });
    const failed = { size: null, hasEnded: true, outage };
    expect(await attemptAfter(failed, unavailable)).toMatchObject({ nonRetryable: true });
    expect(outages.pop()).toMatchObject({ since: outage.since });
    expect(await attemptAfter(failed, new SyncError('rate_limited', { message: 'wait' }))).toMatchObject({
      nonRetryable: false,
    });
    expect(outages.pop()).toBeUndefined();
    expect(await attemptAfter({ size: null, hasEnded: true }, unavailable)).toMatchObject({ nonRetryable: false });
  });

  test('divides the batch if the attempt before it has sent no heartbeat: its process ended soon', async () => {
    const sizes: (number | null)[] = [];
    const work = activity(deps, async (_input: object, { size }) => await Promise.resolve(void sizes.push(size)));
    for (const attempt of [1, 2]) await activityEnvironment({ attempt }).run(work, { batch: 0 });
    expect(sizes).toEqual([null, 8]);
  });
});
