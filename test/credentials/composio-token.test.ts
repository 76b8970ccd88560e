/**
 * Whether Composio shows a token decides who makes the calls. A token that the vendor rejects is never returned again.
 */

import { expect, test } from '@jest/globals';
import { tokenOf } from '../../sources/credentials/composio/account-token.ts';
import type { ComposioClient, ConnectedAccount } from '../../sources/credentials/composio/client.ts';
import { createComposioSignIn } from '../../sources/credentials/composio/sign-in.ts';
import { createComposioTokenProvider } from '../../sources/credentials/composio/token-provider.ts';
import { sourceDefinitions } from '../../sources/connectors/registry.ts';

const calm = new AbortController().signal;
const accountWith = (token: string | null): ConnectedAccount => ({
  status: 'ACTIVE',
  toolkit: { slug: 'notion' },
  state: { val: { access_token: token ?? undefined } },
});
const providerOf = (findAccount: () => ConnectedAccount | null, files = /^never:/) =>
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

test('every source that has a sign-in can be connected through Composio, by the toolkit’s name there', () => {
  const signedIn = sourceDefinitions.filter(({ oauth }) => oauth !== null);
  expect(Object.fromEntries(signedIn.map(({ type, composio }) => [type, composio?.slug]))).toEqual({
    google_drive: 'googledrive',
    gmail: 'gmail',
    dropbox: 'dropbox',
    onedrive: 'one_drive',
    notion: 'notion',
    slack: 'slack',
  });
});

test.each(sourceDefinitions.flatMap(({ label, composio }) => (composio === null ? [] : [[label, composio] as const])))(
  '%s is connected with its own toolkit, and read with the token that Composio holds',
  async (_label, toolkit) => {
    const asked: string[] = [];
    const composio: Partial<ComposioClient> = {
      findAuthConfig: async (slug) => await Promise.resolve(`ac_${asked.push(slug)}`),
      link: async () => await Promise.resolve({ connectedAccountId: 'ca_1', redirectUrl: 'https://connect.example' }),
      findAccount: async () =>
        await Promise.resolve({
          ...accountWith('third-token-0123456789'),
          toolkit: { slug: toolkit.slug },
          user_id: 'ana',
        }),
    };
    const signIn = createComposioSignIn(composio as ComposioClient, toolkit, 1024);
    const callbackUrl = 'https://headwater.example/api/oauth/callback';
    const { connectedAccountId } = await signIn.begin({ userId: 'ana', callbackUrl }, calm);
    expect(asked).toEqual([toolkit.slug]);

    const tokens = await signIn.finish({ connectedAccountId, userId: 'ana' }, calm);
    expect(await tokens.accessToken(calm)).toBe('third-token-0123456789');
    await expect(signIn.finish({ connectedAccountId, userId: 'bob' }, calm)).rejects.toMatchObject({
      code: 'composio_not_connected',
    });
  },
);

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
