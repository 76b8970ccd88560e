import { describe, expect, test } from '@jest/globals';
import { SyncError } from './errors.ts';
import { retryAfterMs, waitOf } from './retry-after.ts';

const answered = 'Thu, 26 Nov 2026 20:00:00 GMT';
const read = (value: string) => retryAfterMs(new Headers({ 'retry-after': value, date: answered }));

describe('Retry-After', () => {
  test.each([
    ['7', 7000],
    [' 7 ', 7000],
    ['0.25', 250],
    ['5, 5', 5000],
    ['Thu, 26 Nov 2026 20:01:00 GMT', 60_000],
    ['Thursday, 26-Nov-26 20:01:00 GMT', 60_000],
    ['Thu Nov 26 20:01:00 2026 GMT', 60_000],
    ['2026-11-26T20:01:00Z', 60_000],
  ])('%j is read', (value, ms) => expect(read(value)).toBe(ms));

  test.each([
    '',
    '0',
    '-5',
    'soon',
    '0x10',
    '1e9',
    'NaN',
    'Infinity',
    'wait 5',
    answered,
    'Thu, 26 Nov 1999 20:00:00 GMT',
  ])('%j asks for no wait', (value) => expect(read(value)).toBeUndefined());

  test('a date is compared with the server’s clock, and with ours if the answer has none', () => {
    const inAMinute = (from: number) => new Date(from + 60_000).toUTCString();
    const hours = 5 * 3_600_000;
    const late = new Headers({
      'retry-after': inAMinute(Date.now() - hours),
      date: new Date(Date.now() - hours).toUTCString(),
    });
    expect(retryAfterMs(late)).toBe(60_000);
    expect(retryAfterMs(new Headers({ 'retry-after': inAMinute(Date.now()) }))).toBeGreaterThan(55_000);
  });

  test('a body may state seconds as a number; nothing else is a time', () => {
    expect(waitOf(300)).toBe(300_000);
    for (const value of [null, undefined, {}, [], true, -1]) expect(waitOf(value)).toBeUndefined();
  });

  test('an absurd one is honored for a day', () => {
    const waits = ['999999999999', 'Thu, 26 Nov 9999 20:00:00 GMT'].map(read);
    for (const ms of waits)
      expect(
        new SyncError('rate_limited', { message: 'x', ...(ms === undefined ? {} : { retryAfterMs: ms }) }).retryAfterMs,
      ).toBe(86_400_000);
  });
});
