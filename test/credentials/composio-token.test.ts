/**
 * Whether Composio shows a token decides who makes the calls. A token that the vendor rejects is never returned again.
 */

import { expect, test } from '@jest/globals';
import { maskedToken, tokenOf } from '../../sources/credentials/composio/account-token.ts';
import type { ComposioClient, ConnectedAccount } from '../../sources/credentials/composio/client.ts';
import { createComposioTokenProvider } from '../../sources/credentials/composio/token-provider.ts';

const calm = new AbortController().signal;
const accountWith = (token: string | null): ConnectedAccount => ({
  status: 'ACTIVE',
  toolkit: { slug: 'notion' },
  state: { val: { access_token: token ?? undefined } },
});
const providerOf = (findAccount: () => ConnectedAccount | null, files: RegExp | null = null) =>
  createComposioTokenProvider({
    composio: () => ({ findAccount: async () => await Promise.resolve(findAccount()) }) as unknown as ComposioClient,
    connectedAccountId: async () => await Promise.resolve('ca_1'),
    files,
    maxItemBytes: 1024,
  });

test.each([
  ['ya29.a0AfH6SMBx-0123456789', 'raw'],
  ['sl.u...', 'masked'],
  ['a-long-beginning-of-a-token...', 'masked'],
  ['[REDACTED_BY_PROJECT_SETTING]', 'masked'],
  ['', 'masked'],
  [null, 'masked'],
])('%s is %s', (token, expected) => {
  expect(tokenOf(accountWith(token)) === null ? 'masked' : 'raw').toBe(expected);
});

test('a masked token of a source whose calls cannot be proxied stops the job and says which setting to turn off', async () => {
  const asked = providerOf(() => accountWith('ntn_...')).accessToken(calm);
  await expect(asked).rejects.toMatchObject({ code: 'composio_token_masked', remedy: 'stop_job' });
  expect(maskedToken().message).toContain('"Mask Connected Account Secrets"');
});

test.each(['EXPIRED', 'REVOKED', 'FAILED', 'INACTIVE', null] as const)(
  'an account that is %s needs a sign-in',
  async (status) => {
    const account = status === null ? null : { ...accountWith('ya29.a0AfH6SMBx-0123456789'), status };
    await expect(providerOf(() => account).accessToken(calm)).rejects.toMatchObject({
      code: 'needs_sign_in',
      remedy: 'sign_in',
    });
  },
);

test('a rejected token is requested again until Composio has another; without one the step waits, and nobody has to sign in', async () => {
  const shown = [
    'first-token-0123456789',
    'first-token-0123456789',
    'first-token-0123456789',
    'second-token-0123456789',
  ];
  const lucky = providerOf(() => accountWith(shown.shift() ?? 'second-token-0123456789'));
  lucky.invalidate(await lucky.accessToken(calm));
  expect(await lucky.accessToken(calm)).toBe('second-token-0123456789');

  const unlucky = providerOf(() => accountWith('first-token-0123456789'));
  unlucky.invalidate(await unlucky.accessToken(calm));
  await expect(unlucky.accessToken(calm)).rejects.toMatchObject({ code: 'composio_token_stale', remedy: 'retry' });
});
