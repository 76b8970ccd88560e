import type { Kysely } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { findCredentials, forgetIfShared } from '../../db/sources/credentials.ts';
import type { Database } from '../../db/access/database.ts';
import type { Revocation } from '../../domain/contract.ts';
import type { SourceType } from '../../domain/source.ts';
import type { ComposioSignIn } from './composio/sign-in.ts';
import type { Keyring } from './keyring.ts';
import type { OAuthClient, StoredTokens } from './oauth-client.ts';
import type { StoredAccount } from './stored-sign-in.ts';

/**
 * Revokes the sign-in of a source at its vendor or at Composio, unless another source of the user is signed in to the
 * same account: Google then ends the sign-ins of all of them, and Slack issues the same token twice. If the vendor does
 * not answer or the key was lost, the tokens must still be deletable, so the result is returned instead of thrown.
 */
export async function revokeAtVendor(
  deps: {
    readonly db: Kysely<Database>;
    readonly keyring: Keyring;
    readonly oauthClient: () => OAuthClient;
    readonly composio: () => ComposioSignIn;
    /** The types of sources that are signed in to the same vendor. */
    readonly vendorTypes: readonly SourceType[];
  },
  userId: string,
  dataSourceId: string,
): Promise<Revocation> {
  const { authData, isShared } = await asUser(deps.db, userId, async (trx) => {
    const stored = await findCredentials(trx, dataSourceId);
    if (!stored?.authData) return { authData: null, isShared: false };
    return { authData: stored.authData, isShared: await forgetIfShared(trx, dataSourceId, deps.vendorTypes) };
  });
  if (authData === null) return 'none';
  try {
    const signIn = deps.keyring.open(authData, dataSourceId) as StoredTokens | StoredAccount;
    if ('connectedAccountId' in signIn) await deps.composio().end(signIn.connectedAccountId, !isShared);
    else if (!isShared) await deps.oauthClient().revoke(signIn);
    return isShared ? 'kept' : 'revoked';
  } catch {
    return 'not_revoked';
  }
}
