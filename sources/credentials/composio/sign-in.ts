import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenProvider } from '../../connectors/connector.ts';
import { SyncError } from '../../../domain/errors.ts';
import { readAccount } from './account-token.ts';
import type { ComposioClient } from './client.ts';
import { createComposioTokenProvider } from './token-provider.ts';

/** Sign-in through Composio, which shows the consent page and holds the tokens. We store only the id of its account. */
export interface ComposioSignIn {
  /** @returns the address of the consent page, and the id of the account that is being connected */
  begin(
    request: { readonly userId: string; readonly callbackUrl: string },
    signal: AbortSignal,
  ): Promise<{ readonly authorizationUrl: string; readonly connectedAccountId: string }>;
  /**
   * Waits a moment for the consent to reach Composio. The parameters of the redirect prove nothing and are ignored.
   * @throws SyncError `invalid_input` if nobody has consented, or the account belongs to another user
   */
  finish(
    account: { readonly connectedAccountId: string; readonly userId: string },
    signal: AbortSignal,
  ): Promise<AccessTokenProvider>;
  /**
   * Deletes the account at Composio; with `revoke`, also the grant at the vendor. An account that is already deleted is
   * not an error.
   */
  end(connectedAccountId: string, revoke: boolean): Promise<void>;
}

export interface ComposioToolkitSettings {
  readonly slug: string;
  readonly files: RegExp;
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
      if (!isTheirs)
        throw notConnected('Composio connected a different account than the one requested. Start the sign-in again.');
      return createComposioTokenProvider({
        composio: () => composio,
        connectedAccountId: () => Promise.resolve(connectedAccountId),
        files: toolkit.files,
        maxItemBytes,
      });
    },
    end: (id, revoke) => composio.deleteAccount(id, revoke, AbortSignal.timeout(endTimeoutMs)),
  };
}

async function untilDecided(composio: ComposioClient, id: string, signal: AbortSignal): Promise<void> {
  for (let poll = 0; poll < polls; poll++) {
    const status = (await composio.findAccount(id, signal))?.status;
    if (status === 'FAILED')
      throw notConnected('The sign-in was declined or failed, so nothing was connected. Start it again.');
    if (status !== 'INITIALIZING' && status !== 'INITIATED') return;
    await sleep(pollMs, undefined, { signal });
  }
  throw notConnected('Composio has not finished the sign-in. Start it again.');
}

function notConnected(message: string): SyncError {
  return new SyncError('invalid_input', { code: 'composio_not_connected', message });
}
