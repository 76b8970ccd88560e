import { expect, test } from '@jest/globals';
import { renewalOf } from './subscriptions.ts';

const hours = 3_600_000;

test.each([
  ['in two days', 48 * hours, 36 * hours],
  ['in sixteen seconds', 16_000, 12_000],
  ['in a moment', 1, 7500],
  ['by a clock that is a day late', -24 * hours, 0.75 * hours],
  ['in the year 275760', 8.64e15 - Date.now(), 0.75 * 31 * 24 * hours],
  ['beyond any calendar', 1e300, 0.75 * 31 * 24 * hours],
])('a subscription that expires %s is renewed in time, and not all the time', (_name, inMs, afterMs) => {
  expect(Math.abs(renewalOf(Date.now() + inMs).getTime() - Date.now() - afterMs)).toBeLessThan(5000);
});
