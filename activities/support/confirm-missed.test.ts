import { expect, test } from '@jest/globals';
import type { Entry } from '../../domain/source.ts';
import { createHostileConnector, HostileSource } from '../../test/doubles/hostile/connector.ts';
import { confirmMissed } from './confirm-missed.ts';

const calm = new AbortController().signal;
const about = { attempt: 1, checkSignIn: async () => await Promise.resolve(), signal: calm };
const ref = (externalId: string): Entry => ({
  state: 'present',
  externalId,
  itemType: 'file',
  name: externalId,
  parentExternalId: null,
  mimeType: null,
  size: null,
  modifiedAt: null,
  fingerprint: { kind: 'etag', value: 'x' },
  webUrl: null,
});
const folder = (externalId: string): Entry => ({
  state: 'container',
  externalId,
  name: externalId,
  parentExternalId: null,
});

test('an item that became a folder is deleted as an item; what is named twice, or not at all, stays', async () => {
  const entries: Entry[] = [
    ref('there'),
    { state: 'deleted', externalId: 'deleted' },
    folder('folder now'),
    ref('both'),
    folder('both'),
    { state: 'deleted', externalId: 'moved' },
    ref('moved'),
    { state: 'gap', externalId: 'refused', name: 'x', code: 'locked', message: 'x', retryAfterMs: null },
  ];
  const connector = {
    ...createHostileConnector(new HostileSource()),
    lookUp: async () => await Promise.resolve(entries),
  };
  const ids = ['there', 'deleted', 'folder now', 'both', 'moved', 'refused', 'silent'];
  const { deleted, kept } = await confirmMissed(connector, ids, about);
  expect(deleted).toEqual(['deleted', 'folder now']);
  expect(kept).toEqual(['refused', 'silent']);
});
