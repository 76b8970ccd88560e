/** A job that spans an update of Headwater: one worker staged and recorded, another finishes (P16). */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asUser } from '../../db/access/as-user.ts';
import type { Staging } from '../../content/staging/staging.ts';
import { createHostileConnector, HostileSource } from '../doubles/hostile/connector.ts';
import { contentOf } from '../harness/state.ts';
import { startSteps, type Steps } from '../harness/steps.ts';

const source = new HostileSource();
let steps: Steps;

beforeAll(async () => {
  source.pageSize = 10;
  for (let i = 0; i < 5; i++) source.put(`i${i}`, `The text of number ${i}.`);
  steps = await startSteps(() => createHostileConnector(source));
}, 60_000);
afterAll(async () => await steps[Symbol.asyncDispose]());

test.each([
  ['an older reader', { pipelineVersion: 'older' }, (bytes: Uint8Array) => bytes],
  ['a Headwater that staged JSON', {}, (bytes: Uint8Array) => Buffer.from(JSON.stringify(headOf(bytes).head))],
  [
    'a Headwater whose documents lacked a current field',
    {},
    (bytes: Uint8Array) => {
      const { head, rest } = headOf(bytes);
      return withHead({ ...head, document: { ...head.document, originalPlace: undefined } }, rest);
    },
  ],
  ['a Headwater whose chunks lacked a current field', {}, (bytes: Uint8Array) => bytes.subarray(0, -30)],
])('items that %s staged are read again, and each gets its text', async (_name, change, reshape) => {
  const dataSourceId = await steps.createSource();
  const page = await steps.open(dataSourceId, 'full_sync');
  const ref = { ...page, batch: 0 };
  await steps.run('listPage', page);
  await steps.run('diffPage', page);
  await steps.run('downloadBatch', ref);
  await steps.run('transformBatch', ref, { deps: { ...change, staging: reshaping(steps.deps.staging, reshape) } });

  await steps.run('embedBatch', ref);
  await steps.run('closePage', page);
  const end = await steps.run('closeJob', {
    ...page,
    status: 'completed',
    errorCode: null,
    errorMessage: null,
    swept: false,
  });
  expect(end).toMatchObject({ status: 'completed', counts: { found: 5, created: 5, failed: 0 } });
  const texts = await contentOf(
    { as: async (user, work) => await asUser(steps.database.db, user, work) },
    steps.userId,
  );
  expect(texts).toMatchObject({ 'i0.md': 'The text of number 0.', 'i4.md': 'The text of number 4.' });
});

interface Head {
  readonly document: object;
}

/** A staged document begins with the length of its head. */
function headOf(bytes: Uint8Array): { readonly head: Head; readonly rest: Uint8Array } {
  const all = Buffer.from(bytes);
  const end = 4 + all.readUInt32BE();
  return { head: JSON.parse(all.toString('utf8', 4, end)) as Head, rest: all.subarray(end) };
}

function withHead(head: Head, rest: Uint8Array): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.byteLength);
  return Buffer.concat([length, json, rest]);
}

/** Staging as the other worker used it. */
function reshaping(staging: Staging, reshape: (bytes: Uint8Array) => Uint8Array): Staging {
  return {
    ...staging,
    writeTo: (area) => {
      const writer = staging.writeTo(area);
      return {
        ...writer,
        put: async (bytes) => await writer.put(reshape(bytes)),
      };
    },
  };
}
