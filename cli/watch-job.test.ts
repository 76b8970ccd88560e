import { expect, test } from '@jest/globals';
import type { Job } from './api-client.ts';
import { payloadOf, whyOf } from './watch-job.ts';

const waiting = (waitingFor: NonNullable<NonNullable<Job['progress']>['waitingFor']>): Job =>
  ({ id: 'job-1', status: 'running', progress: { waitingFor } }) as Job;
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

test('a limit names who set it: the vendor or the embedding server', () => {
  const until = inHours(48);
  expect(whyOf(waiting({ reason: 'rate_limit', limitedBy: 'embedder', until }))).toContain('by the embedding server');
  expect(whyOf(waiting({ reason: 'rate_limit', limitedBy: 'source', until }))).toContain('by the vendor');
  expect(whyOf(waiting({ reason: 'quota', limitedBy: 'embedder', until }))).toContain('quota of the embedding server');
});

test('a time of another day has its date', () => {
  const until = inHours(48);
  const why = whyOf(waiting({ reason: 'quota', limitedBy: 'source', until }));
  expect(why).toContain(new Date(until).toLocaleDateString());
});

test('a job without a worker says so', () => {
  expect(whyOf(waiting({ reason: 'worker', message: 'No worker is running.' }))).toBe('No worker is running.');
});

test('what waits shows neither a rate, which would fall with each look, nor a time that is left', () => {
  const counts = { found: 20, processed: 10 };
  const rates = { itemsPerSecond: 2.5, secondsLeftRange: { min: 4, max: 4 }, listingComplete: true };
  const job = (waitingFor: object | null): Job =>
    ({ id: 'job-1', status: 'running', counts, progress: { ...rates, stage: 'processing', waitingFor } }) as Job;
  expect(payloadOf(job(null))).toEqual({
    count: '10/20 items',
    rate: '2.5/s',
    left: 'about 4 s left',
    why: 'processing',
  });
  expect(payloadOf(job({ reason: 'pause' }))).toMatchObject({ count: '10/20 items', rate: '', left: '' });
});
