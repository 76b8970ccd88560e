/** Where Composio's proxy may redirect us for the bytes of a file. */

import { afterEach, expect, jest, test } from '@jest/globals';
import type { ComposioClient } from '../../sources/credentials/composio/client.ts';
import { createProxyFetch } from '../../sources/credentials/composio/proxy-fetch.ts';

afterEach(() => void jest.restoreAllMocks());

test.each([
  'https://10.0.0.5/x',
  'https://169.254.169.254/latest/meta-data',
  'https://[fd00::1]/x',
  'https://2130706433/x',
  'https://127.0.0.2/x',
  'https://localhost./x',
  'https://intranet/x',
  'https://db.internal/x',
  'http://files.example.test/x',
  'https://user:secret@files.example.test/x',
])('an address within our own network (%s) is not followed', async (url) => {
  const fetched = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('followed'));
  const composio = {
    baseUrl: 'https://backend.composio.dev',
    proxy: async () =>
      await Promise.resolve({ status: 200, data: null, binary_data: { url, content_type: 'x/y', size: 1 } }),
  } as unknown as ComposioClient;
  const proxied = createProxyFetch({ composio, connectedAccountId: 'ca_1', files: /x/, maxBytes: 10 });
  await expect(proxied('https://api.example.test/x')).rejects.toMatchObject({ kind: 'unavailable' });
  expect(fetched).not.toHaveBeenCalled();
});
