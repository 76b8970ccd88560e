import { afterAll, beforeAll } from '@jest/globals';
import { startApiOf, type TestApi } from './api.ts';
import { startHeadwater, type TestHeadwater } from './headwater.ts';

type Options = Parameters<typeof startHeadwater>[0];

/** One Headwater and its API for all tests of a file; each file has its own. */
export let headwater: TestHeadwater;
export let api: TestApi;

/** Starts both before the first test and stops them after the last. @param options may start something they need */
export function runHeadwater(options: () => Options | Promise<Options> = () => ({})): void {
  beforeAll(async () => {
    headwater = await startHeadwater(await options());
    api = await startApiOf(headwater);
  }, 120_000);
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    await headwater[Symbol.asyncDispose]();
  });
}
