import type { Kysely } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { findCredentials } from '../../db/sources/credentials.ts';
import type { Database } from '../../db/access/database.ts';
import { SyncError } from '../../domain/errors.ts';
import type { Keyring } from './keyring.ts';
import type { StoredTokens } from './oauth-client.ts';

/** The values that are stored, encrypted, for a connection that Composio holds. They contain no token. */
export interface StoredAccount {
  readonly connectedAccountId: string;
}

export interface SignInPlace {
  readonly db: Kysely<Database>;
  readonly keyring: Keyring;
  readonly userId: string;
  readonly dataSourceId: string;
}

/** Tokens, and the envelope that they were read from: it identifies this sign-in when they are replaced. */
export interface ReadTokens {
  readonly tokens: StoredTokens;
  readonly authData: unknown;
}

/**
 * Reads the tokens of a source, from its own sign-in or pasted. @throws SyncError `unauthorized` if it has none or they
 * are known to be invalid
 */
export async function readTokens(place: SignInPlace): Promise<ReadTokens> {
  const { signIn, authData } = await read(place);
  if ('accessToken' in signIn) return { tokens: signIn, authData };
  throw connectedAnew();
}

/** Reads the id of the account that Composio holds for a source. @throws the same errors as `readTokens` */
export async function readConnectedAccount(place: SignInPlace): Promise<string> {
  const { signIn } = await read(place);
  if ('connectedAccountId' in signIn) return signIn.connectedAccountId;
  throw connectedAnew();
}

interface ReadSignIn {
  readonly signIn: StoredTokens | StoredAccount;
  readonly authData: unknown;
}

async function read({ db, keyring, userId, dataSourceId }: SignInPlace): Promise<ReadSignIn> {
  const row = await asUser(db, userId, (trx) => findCredentials(trx, dataSourceId));
  if (row === undefined || row.authData === null || row.needsSignIn) {
    throw new SyncError('unauthorized', {
      code: 'needs_sign_in',
      message: 'The source is not connected. Connect it, then sync again.',
    });
  }
  const signIn = keyring.open(row.authData, dataSourceId) as StoredTokens | StoredAccount;
  return { signIn, authData: row.authData };
}

/** Somebody connected the source in the other way after this activity started; the retry picks that up. */
function connectedAnew(): SyncError {
  return new SyncError('unavailable', {
    code: 'connected_anew',
    message: 'The source was connected in another way in the meantime. It is retried automatically.',
  });
}
