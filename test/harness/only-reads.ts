/**
 * P11: if a simulated vendor receives a call that changes something, the test file fails. New simulators are included
 * automatically.
 */

import { afterAll, expect } from '@jest/globals';
import { callLogs } from '../../tools/simulators/kit/server.ts';

afterAll(() => {
  // Requesting notifications does not change content. That no sync requests them is shown by
  // `test/sources/read-only.test.ts`.
  const mutating = callLogs
    .splice(0)
    .flatMap((log) => log.mutating())
    .filter((call) => !call.subscription);
  expect(mutating.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});
