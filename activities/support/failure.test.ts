import { describe, expect, test } from '@jest/globals';
import { SyncError } from '../../domain/errors.ts';
import { delayFor, outageSince, toFailure } from './failure.ts';

const first = { attempt: 1, failingMs: 0 };
const limited = (retryAfterMs?: number): SyncError =>
  new SyncError('rate_limited', { message: 'wait', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

describe('an error thrown by a step becomes a Temporal failure', () => {
  test('the vendor’s delay is used exactly, to the millisecond', () => {
    expect(toFailure(limited(700), first)).toMatchObject({
      type: 'rate_limited',
      nonRetryable: false,
      nextRetryDelay: 700,
    });
  });

  test.each([0, -5, undefined])(
    'a delay of %s is never passed on, because Temporal reads 0 as "do not retry"',
    (retryAfterMs) => {
      expect(delayFor(limited(retryAfterMs), 1)).toBeGreaterThanOrEqual(500);
    },
  );

  test('without a delay, the back-off doubles up to about a minute', () => {
    const delays = [1, 2, 3, 7, 50].map((attempt) => delayFor(limited(), attempt));
    expect(delays[1]).toBeGreaterThanOrEqual(1000);
    expect(delays[2]).toBeGreaterThanOrEqual(2000);
    expect(delays[3]).toBeLessThanOrEqual(64_000);
    expect(delays[4]).toBeLessThanOrEqual(64_000);
  });

  test('only a proven credential error asks for a new sign-in, and at once', () => {
    const failure = toFailure(new SyncError('unauthorized', { message: 'Connect the account again.' }), first);
    expect(failure).toMatchObject({ type: 'unauthorized', nonRetryable: true });
  });

  test('an unknown error is retried for an hour, and its message stays out of the history (P7)', () => {
    const error = new Error('invalid input syntax for type json: "the secret text of a document"');
    expect(toFailure(error, first)).toMatchObject({ type: 'internal', nonRetryable: false });
    expect(toFailure(error, first).message).not.toContain('secret');
    expect(toFailure(error, { attempt: 90, failingMs: 3_600_001 })).toMatchObject({ nonRetryable: true });
  });
});

describe('an outage', () => {
  const minute = 60_000;
  const last = { since: 0, nextAttemptAt: 30 * minute };

  test('goes on while attempts fail one after another, however long the vendor makes each of them wait', () => {
    expect(outageSince(last, 31 * minute, 31 * minute + 500)).toBe(0);
  });
  test.each([
    ['no attempt has failed before', undefined, 31, 31],
    ['no worker ran when the attempt was due', last, 150, 150],
    ['the attempt has worked for long before it failed', last, 31, 150],
  ] as const)('is a new one if %s', (_name, before, began, now) => {
    expect(outageSince(before, began * minute, now * minute)).toBe(now * minute);
  });
});
