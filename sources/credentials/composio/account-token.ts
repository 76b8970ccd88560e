import { SyncError } from '../../../domain/errors.ts';
import type { ComposioClient, ConnectedAccount } from './client.ts';

/**
 * If the project masks secrets, Composio shows four characters and dots, or a word. No vendor's token is this short.
 */
const minTokenLength = 20;

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
      'The connection at Composio has ended because it was revoked, disabled or has expired. Connect the account again; waiting syncs then resume automatically.',
    operatorMessage: `composio: the account is ${account?.status ?? 'deleted'}`,
  });
}

/** @returns null for a token that Composio masks */
export function tokenOf(account: ConnectedAccount): string | null {
  const token = account.state?.val?.access_token ?? '';
  return token.length < minTokenLength || token.endsWith('...') || token.includes('REDACTED') ? null : token;
}
