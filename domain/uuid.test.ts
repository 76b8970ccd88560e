import { expect, test } from '@jest/globals';
import { v4, version } from 'uuid';
import { timedUuid } from './uuid.ts';

test('a UUID with a time is of version 7, keeps what is random, and sorts by the time', () => {
  const random = v4();
  const times = [0, 1, 255, 1_700_000_000_000, 1_764_433_380_123, 2 ** 48 - 1];
  const ids = times.map((ms) => timedUuid(ms, random));
  expect(ids.map(version)).toEqual(times.map(() => 7));
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => id.endsWith(random.slice(15)))).toBe(true);
});
