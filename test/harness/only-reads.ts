/** P11: whatever a test does, a simulated vendor that was asked to change something fails its file. New ones are included. */

import { afterAll, expect } from '@jest/globals';
import { callLogs } from '../../simulators/kit/server.ts';

afterAll(() => {
  const mutating = callLogs.flatMap((log) => log.mutating());
  expect(mutating.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});
