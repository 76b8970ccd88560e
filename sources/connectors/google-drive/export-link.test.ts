/** Tests which hosts see the access token while the link of a document is followed. */

import { expect, test } from '@jest/globals';
import { GaxiosError } from 'gaxios';
import { followLink, placeOf } from './export-link.ts';

test.each([
  ['https://docs.google.com/spreadsheets/export?id=x&exportFormat=xlsx', 'token'],
  ['https://doc-0s-1c-sheets.googleusercontent.com/export/70cmver1f2/x', 'file'],
  ['https://accounts.google.com/ServiceLogin?service=wise', 'elsewhere'],
  ['http://docs.google.com/x', 'elsewhere'],
  ['https://docs.google.com:8443/x', 'elsewhere'],
  ['https://docs.google.com.example.org/x', 'elsewhere'],
  ['https://evilgoogleusercontent.com/x', 'elsewhere'],
  ['http://169.254.169.254/latest/meta-data', 'elsewhere'],
  ['no address', 'elsewhere'],
] as const)('%s is a place for: %s', (address, place) => {
  expect(placeOf(address, undefined)).toBe(place);
  expect(placeOf(address, 'http://127.0.0.1:4100/')).toBe(place);
});

test('the host with the file is asked without the token', async () => {
  const asked: string[] = [];
  const redirects: Readonly<Record<string, string>> = {
    'docs.google.com': '//drive.google.com/b',
    'drive.google.com': 'https://x.googleusercontent.com/c',
  };
  const requester = (name: string) => ({
    request: async ({ url }: { readonly url: string }) => {
      const { hostname } = new URL(url);
      asked.push(`${hostname} ${name}`);
      const location = redirects[hostname];
      if (location === undefined) return await Promise.resolve({ data: 'the file', headers: new Headers() });
      const config = { url: new URL(url), headers: new Headers() };
      const response = new Response(null, { status: 307, headers: { location } });
      throw new GaxiosError('redirect', config, Object.assign(response, { config, data: null }));
    },
  });
  const answer = await followLink('https://docs.google.com/a', {
    auth: requester('with the token'),
    withoutToken: requester('without it'),
    signal: new AbortController().signal,
    headers: {},
    maxBytes: 100,
    apiBaseUrl: undefined,
  });
  expect(answer.data).toBe('the file');
  expect(asked).toEqual([
    'docs.google.com with the token',
    'drive.google.com with the token',
    'x.googleusercontent.com without it',
  ]);
});
