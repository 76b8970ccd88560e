import { expect, test } from '@jest/globals';
import type { Job } from './api-client.ts';
import { whyOf } from './watch-job.ts';

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
