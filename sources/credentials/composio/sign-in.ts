import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenProvider } from '../../connectors/connector.ts';
import { SyncError } from '../../../domain/errors.ts';
import { readAccount } from './account-token.ts';
import type { ComposioClient } from './client.ts';
import { createComposioTokenProvider } from './token-provider.ts';

/** Signing in through Composio: it shows the consent page and holds the tokens, we keep the id of what it holds. */
export interface ComposioSignIn {
  /** @returns where the person is sent, and which account will be theirs */
  begin(
    request: { readonly userId: string; readonly callbackUrl: string },
    signal: AbortSignal,
  ): Promise<{ readonly authorizationUrl: string; readonly connectedAccountId: string }>;
  /**
   * Waits a moment for the consent to have arrived at Composio; what the way back says of it proves nothing.
   * @throws SyncError `invalid_input` where nobody has consented, or the account is not this user's
   */
  finish(
    account: { readonly connectedAccountId: string; readonly userId: string },
    signal: AbortSignal,
  ): Promise<AccessTokenProvider>;
  /** Deletes the account at Composio; with `revoke` the grant at the vendor too. One that is gone already is as good. */
  end(connectedAccountId: string, revoke: boolean): Promise<void>;
}

export interface ComposioToolkitSettings {
  readonly slug: string;
  readonly files: RegExp | null;
}

const endTimeoutMs = 20_000;
const polls = 20;
const pollMs = 500;

export function createComposioSignIn(
  composio: ComposioClient,
  toolkit: ComposioToolkitSettings,
  maxItemBytes: number,
): ComposioSignIn {
  return {
    begin: async ({ userId, callbackUrl }, signal) => {
      const authConfigId = await composio.findAuthConfig(toolkit.slug, signal);
      const { connectedAccountId, redirectUrl } = await composio.link({ authConfigId, userId, callbackUrl }, signal);
      return { authorizationUrl: redirectUrl, connectedAccountId };
    },
    finish: async ({ connectedAccountId, userId }, signal) => {
      await untilDecided(composio, connectedAccountId, signal);
      const account = await readAccount(composio, connectedAccountId, signal);
      const isTheirs = (account.user_id ?? userId) === userId && account.toolkit?.slug === toolkit.slug;
      if (!isTheirs) throw notConnected('The account that Composio has connected is not the one that was asked for.');
      return createComposioTokenProvider({
        composio: () => composio,
        connectedAccountId: async () => await Promise.resolve(connectedAccountId),
        files: toolkit.files,
        maxItemBytes,
      });
    },
    end: async (id, revoke) => await composio.deleteAccount(id, revoke, AbortSignal.timeout(endTimeoutMs)),
  };
}

async function untilDecided(composio: ComposioClient, id: string, signal: AbortSignal): Promise<void> {
  for (let poll = 0; poll < polls; poll++) {
    const status = (await composio.findAccount(id, signal))?.status;
    if (status === 'FAILED') throw notConnected('The sign-in was declined or has failed. Nothing was connected.');
    if (status !== 'INITIALIZING' && status !== 'INITIATED') return;
    await sleep(pollMs, undefined, { signal });
  }
  throw notConnected('Composio has not finished the sign-in. Start it again.');
}

function notConnected(message: string): SyncError {
  return new SyncError('invalid_input', { code: 'composio_not_connected', message });
}
