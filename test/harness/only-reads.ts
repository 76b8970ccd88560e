/** P11: whatever a test does, a simulated vendor that was asked to change something fails its file. New ones are included. */

import { afterAll, expect } from '@jest/globals';
import { callLogs } from '../../tools/simulators/kit/server.ts';

afterAll(() => {
  // Who asks for notifications changes no content; that no sync does so is shown by `test/sources/read-only.test.ts`.
  const mutating = callLogs.flatMap((log) => log.mutating()).filter((call) => !call.subscription);
  expect(mutating.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});
