import type { Kysely } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { findCredentials } from '../../db/sources/credentials.ts';
import type { Database } from '../../db/access/database.ts';
import type { ComposioSignIn } from './composio/sign-in.ts';
import type { Keyring } from './keyring.ts';
import type { OAuthClient, StoredTokens } from './oauth-client.ts';
import type { StoredAccount } from './stored-sign-in.ts';

/**
 * Revokes the sign-in of a source at its vendor or at Composio. If the vendor does not answer or the key was lost, the
 * tokens must still be deletable, so the result is returned instead of thrown.
 */
export async function revokeAtVendor(
  deps: {
    readonly db: Kysely<Database>;
    readonly keyring: Keyring;
    readonly oauthClient: () => OAuthClient;
    readonly composio: () => ComposioSignIn;
  },
  userId: string,
  dataSourceId: string,
): Promise<'revoked' | 'not_revoked' | 'none'> {
  const stored = await asUser(deps.db, userId, (trx) => findCredentials(trx, dataSourceId));
  if (!stored?.authData) return 'none';
  try {
    const signIn = deps.keyring.open(stored.authData, dataSourceId) as StoredTokens | StoredAccount;
    if ('connectedAccountId' in signIn) await deps.composio().end(signIn.connectedAccountId, true);
    else await deps.oauthClient().revoke(signIn);
    return 'revoked';
  } catch {
    return 'not_revoked';
  }
}
