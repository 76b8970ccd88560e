import { describe, expect, test } from '@jest/globals';
import { addPage, noFailures, stopReason } from './failure-threshold.ts';
import type { ErrorCode } from '../domain/error-codes.ts';
import type { FailureTally } from '../domain/contract.ts';

const page = (tried: number, failed: number, code: ErrorCode = 'unavailable') => ({
  tried,
  failure: failed === 0 ? null : { code, message: `because of ${code}`, count: failed },
});
const tallyOf = (...pages: ReturnType<typeof page>[]): FailureTally => pages.reduce(addPage, noFailures);

describe('a job stops when most of its items fail for one reason', () => {
  test.each([
    ['a few failures among many', tallyOf(page(500, 20), page(500, 5)), null],
    ['all of too few items to be conclusive', tallyOf(page(49, 49)), null],
    ['most, but for different reasons', tallyOf(page(50, 50, 'unavailable'), page(50, 50, 'internal')), null],
    ['most of them', tallyOf(page(40, 35), page(40, 36)), /^71 of the first 80 items .* \(“because of unavailable”\)/],
  ])('%s', (_, tally, message) => {
    const reason = stopReason(tally);
    if (message === null) expect(reason).toBeNull();
    else expect(reason).toMatchObject({ code: 'most_items_fail', message: expect.stringMatching(message) });
  });
});
