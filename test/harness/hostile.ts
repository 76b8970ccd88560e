import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { JobType } from '../../domain/contract.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { startHeadwater, type TestHeadwater } from './headwater.ts';

type Parts = NonNullable<NonNullable<Parameters<typeof startHeadwater>[0]>['parts']>;

/** One Headwater for all tests of a file, and for each test a new user with a source that misbehaves as the test says. */
export let headwater: TestHeadwater;
export let source: HostileSource;
export let user: string;
export let dataSourceId: string;

/** @param items that the source has when a test starts: `i0`, `i1` and so on */
export function runHostileSource({ items = 0, parts = {} }: { readonly items?: number; readonly parts?: Parts } = {}) {
  beforeAll(async () => {
    headwater = await startHeadwater({ parts: { connectorFor: () => createHostileConnector(source), ...parts } });
  }, 120_000);
  afterAll(async () => await headwater[Symbol.asyncDispose]());
  beforeEach(async () => {
    source = new HostileSource();
    source.pageSize = 100;
    await ownSource(randomUUID());
    fill(items);
  });
}

/** Gives the source to this user for the rest of the test. */
export async function ownSource(owner: string): Promise<void> {
  user = owner;
  dataSourceId = await headwater.createSource(user, 'google_drive');
}

export function fill(count: number): void {
  for (let i = 0; i < count; i++) source.put(`i${i}`, `This is text number ${i}.`);
}

/** Runs one job to its end. @returns its row */
export async function sync(jobType: JobType) {
  const { jobId } = await headwater.sync({ dataSourceId, jobType });
  return await headwater.job(user, jobId);
}
