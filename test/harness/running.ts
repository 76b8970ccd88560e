import { afterAll, beforeAll } from '@jest/globals';
import { startApiFor, startApiOf, type TestApi } from './api.ts';
import { startHeadwater, type TestHeadwater } from './headwater.ts';

type Options = Parameters<typeof startHeadwater>[0];

/** One Headwater and its API for all tests of a file; each file has its own. */
export let headwater: TestHeadwater;
export let api: TestApi;

/**
 * Starts both before the first test and stops them after the last.
 * @param options may start something they need
 * @param userId whose API it is; the local user's if absent
 */
export function runHeadwater(options: () => Options | Promise<Options> = () => ({}), userId?: string): void {
  beforeAll(async () => {
    headwater = await startHeadwater(await options());
    api = userId === undefined ? await startApiOf(headwater) : await startApiFor(headwater, userId);
  }, 120_000);
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    await headwater[Symbol.asyncDispose]();
  });
}
