import { describe, expect, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError, toSyncError } from '../../domain/errors.ts';
import { toFailure } from './failure.ts';
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
    ['diffPage', coded('ENOTFOUND'), 'database'],
    ['diffPage', coded('EAI_AGAIN'), 'database'],
    ['diffPage', coded('ENETUNREACH'), 'database'],
    ['diffPage', coded('SELF_SIGNED_CERT_IN_CHAIN'), 'database'],
    ['diffPage', new Error('secret words', { cause: coded('CERT_HAS_EXPIRED') }), 'database'],
    ['transformBatch', coded('EMFILE'), 'internal'],
    ['transformBatch', coded('EAGAIN'), 'internal'],
    ['downloadBatch', coded('EACCES'), 'staging'],
    ['downloadBatch', coded('EROFS'), 'staging'],
    ['diffPage', coded('EPIPE'), 'database'],
    ['downloadBatch', coded('EPERM'), 'staging'],
    ['transformBatch', new TypeError('secret words'), 'internal'],
  ])('%s, %s: %s', (activityType, error, reason) => {
    const trouble = troubleOf(activityType, error);
    expect(trouble.reason).toBe(reason);
    expect(trouble.message).not.toContain('secret');
    expect(trouble.message).toMatch(/^.+\. .+\.$/);
  });
});

test.each([
  ['ECONNREFUSED', /^PostgreSQL gave no usable answer\. Nothing listens at its address \(ECONNREFUSED\)\. Check/],
  ['42703', /^PostgreSQL gave no usable answer \(42703\)\. The database is not migrated .+: run `npm run migrate`\./],
  ['25006', /^PostgreSQL gave no usable answer \(25006\)\. The database accepts no changes, .*DATABASE_URL/],
  ['57P01', /^PostgreSQL gave no usable answer \(57P01\)\. Check/],
  ['ENOSPC', /^There is no space left\. The disk is full \(ENOSPC\)\. Free up/],
  ['EMFILE', /Too many files and connections are open.*ulimit -n/],
  ['EACCES', /^The folder of staged files cannot be used\. .*EACCES\)\. Check/],
])('%s is said in plain words, also when the job fails because of it', (code, words) => {
  expect(troubleOf('diffPage', coded(code)).message).toMatch(words);
  const [first = ''] = troubleOf('diffPage', coded(code)).message.split(' (');
  expect(toFailure(coded(code), { attempt: 1, failingMs: 0 }).message).toContain(first);
});

test('of an error of an item, its reason is said too', () => {
  expect(toSyncError(coded('ENOSPC')).message).toBe(
    'An unexpected error occurred. The disk is full (ENOSPC). It will be retried.',
  );
  expect(toSyncError(new TypeError('secret words')).message).toBe('An unexpected error occurred. It will be retried.');
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
