import { SyncError } from '../../../domain/errors.ts';
import { unexpectedAnswer } from '../../connectors/answers.ts';
import type { ComposioClient, ConnectedAccount } from './client.ts';

/** Composio shows four characters and dots, or a word, where the project masks secrets; no vendor's token is this short. */
const shortestToken = 20;

/** @throws SyncError `unauthorized` when only a new sign-in helps */
export async function readAccount(
  composio: ComposioClient,
  connectedAccountId: string,
  signal: AbortSignal,
): Promise<ConnectedAccount> {
  const account = await composio.findAccount(connectedAccountId, signal);
  if (account?.status === 'ACTIVE') return account;
  throw new SyncError('unauthorized', {
    code: 'needs_sign_in',
    message:
      'The connection at Composio has ended (revoked, expired or switched off). Connect the account again; what waits for it goes on by itself.',
    operatorMessage: `composio: the account is ${account?.status ?? 'deleted'}`,
  });
}

/** @returns null for a token that Composio masks */
export function tokenOf(account: ConnectedAccount): string | null {
  const token = account.state?.val?.access_token ?? '';
  return token.length < shortestToken || token.endsWith('...') || token.includes('REDACTED') ? null : token;
}

/** Why there is no token to be had. One that is not shown at all is not masked: the answer was not read whole. */
export function noToken(account: ConnectedAccount): SyncError {
  return account.state?.val?.access_token === undefined
    ? unexpectedAnswer({ vendor: 'Composio', call: 'account' }, 'no token, masked or not')
    : maskedToken();
}

export function maskedToken(): SyncError {
  return new SyncError('invalid_input', {
    code: 'composio_token_masked',
    scope: 'account',
    message:
      'Composio keeps this account’s token to itself, and this kind of source needs it. In the Composio project, switch off "Mask Connected Account Secrets", then try again; or connect directly.',
  });
}
