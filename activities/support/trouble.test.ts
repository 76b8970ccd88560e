import { describe, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError } from '../../domain/errors.ts';
import { createTroubleReports, troubleOf } from './trouble.ts';

const coded = (code: string, message = 'secret words') => Object.assign(new Error(message), { code });
const unavailable = (code: ErrorCode) => new SyncError('unavailable', { code, message: 'It does not answer.' });

describe('identifies what fails', () => {
  test.each([
    ['embedBatch', unavailable('embedder_unavailable'), 'embedder'],
    ['embedBatch', unavailable('vector_store_unavailable'), 'vector_store'],
    ['downloadBatch', unavailable('unavailable'), 'vendor'],
    ['listPage', unavailable('unexpected_answer'), 'vendor'],
    ['diffPage', coded('ECONNREFUSED'), 'database'],
    ['closePage', coded('57P01'), 'database'],
    ['diffPage', new Error('Connection terminated unexpectedly'), 'database'],
    ['transformBatch', coded('ENOSPC'), 'disk_full'],
    ['diffPage', coded('53100'), 'disk_full'],
    ['downloadBatch', coded('EACCES'), 'staging'],
    ['transformBatch', new TypeError('secret words'), 'internal'],
  ])('%s, %s: %s', (activityType, error, reason) => {
    const trouble = troubleOf(activityType, error);
    expect(trouble.reason).toBe(reason);
    expect(trouble.message).not.toContain('secret');
    expect(trouble.message).toMatch(/^.+\. .+\.$/);
  });
});

describe('reports', () => {
  const step = { workflowId: 'sync/1/page/7', activityType: 'embedBatch', attempt: 2, since: new Date(0) };
  const error = unavailable('embedder_unavailable');
  const reporter = () => {
    const sent: [string, object][] = [];
    const temporal = {
      withDeadline: async (_: number, work: () => Promise<void>) => await work(),
      workflow: {
        getHandle: (id: string) => ({
          signal: async (_: string, news: object) => await Promise.resolve(sent.push([id, news])),
        }),
      },
    } as unknown as Client;
    const counted: string[] = [];
    const metrics = { stepFailed: (name: string, reason: string) => void counted.push(`${name} ${reason}`) };
    return { sent, counted, reports: createTroubleReports(temporal, metrics) };
  };

  test('are sent to the job from the second failure on, at intervals, and end with the success', async () => {
    const { sent, counted, reports } = reporter();
    await reports.failed({ ...step, attempt: 1 }, error, 1000);
    expect(sent).toEqual([]);
    expect(counted).toEqual(['embedBatch embedder']);
    for (const attempt of [2, 3, 4]) await reports.failed({ ...step, attempt }, error, 1000);
    expect(sent).toMatchObject([['sync/1', { step: 'embedBatch', reason: 'embedder', attempts: 2 }]]);
    await reports.succeeded({ ...step, attempt: 5 });
    expect(sent.slice(1)).toEqual([['sync/1', { over: 'embedBatch' }]]);
  });

  test('are sent at once if something else fails now', async () => {
    const { sent, reports } = reporter();
    await reports.failed(step, error, 1000);
    await reports.failed({ ...step, attempt: 3 }, coded('ECONNREFUSED'), 1000);
    expect(sent.map(([, news]) => news)).toMatchObject([{ reason: 'embedder' }, { reason: 'database' }]);
  });

  test('end what another worker has reported', async () => {
    const { sent, reports } = reporter();
    await reports.succeeded(step);
    expect(sent).toEqual([]);
    await reports.succeeded({ ...step, attempt: 3 });
    expect(sent).toHaveLength(1);
  });
});
