import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';

export interface OAuthState {
  readonly stateHash: string;
  readonly userId: string;
  readonly dataSourceId: string;
  /**
   * Encrypted, because the verifier and the code together give access to the account. For Composio it is the id of the
   * connected account.
   */
  readonly codeVerifier: unknown;
  readonly redirectUri: string;
}

/** Stores a sign-in that was started; it expires after ten minutes. Older ones of the same user are deleted. */
export async function saveOAuthState(trx: UserTransaction, state: OAuthState): Promise<void> {
  await trx
    .deleteFrom('oauthStates')
    .where('expiresAt', '<', sql<Date>`now()`)
    .execute();
  await trx
    .insertInto('oauthStates')
    .values({
      ...state,
      codeVerifier: toJson(state.codeVerifier),
      expiresAt: sql<Date>`now() + interval '10 minutes'`,
    })
    .execute();
}

/** The data source for which a sign-in was started. */
export async function findOAuthSource(trx: UserTransaction, stateHash: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('oauthStates')
    .select('dataSourceId')
    .where('stateHash', '=', stateHash)
    .executeTakeFirst();
  return row?.dataSourceId;
}

/** Uses up a state: it is deleted whatever happens next. @returns undefined if it is unknown, used or expired */
export async function takeOAuthState(
  trx: UserTransaction,
  stateHash: string,
): Promise<Omit<OAuthState, 'stateHash'> | undefined> {
  const { rows } = await sql<Omit<OAuthState, 'stateHash'> & { late: boolean }>`
    delete from oauth_states where state_hash = ${stateHash}
    returning user_id, data_source_id, code_verifier, redirect_uri, expires_at < now() as late`.execute(trx);
  return rows[0]?.late === false ? rows[0] : undefined;
}
