import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';

export interface OAuthState {
  readonly stateHash: string;
  readonly userId: string;
  readonly dataSourceId: string;
  /** Sealed: whoever has it and the code has the account. Or the account that Composio has begun. */
  readonly codeVerifier: unknown;
  readonly redirectUri: string;
}

/** Remembers a sign-in that was begun; it is good for ten minutes. Older ones of the same user go. */
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

/** The data source that a sign-in was begun for. */
export async function findOAuthSource(trx: UserTransaction, stateHash: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('oauthStates')
    .select('dataSourceId')
    .where('stateHash', '=', stateHash)
    .executeTakeFirst();
  return row?.dataSourceId;
}

/** Spends a state: it is gone whatever comes next. @returns undefined for an unknown, spent or late one */
export async function takeOAuthState(
  trx: UserTransaction,
  stateHash: string,
): Promise<Omit<OAuthState, 'stateHash'> | undefined> {
  const { rows } = await sql<Omit<OAuthState, 'stateHash'> & { late: boolean }>`
    delete from oauth_states where state_hash = ${stateHash}
    returning user_id, data_source_id, code_verifier, redirect_uri, expires_at < now() as late`.execute(trx);
  return rows[0]?.late === false ? rows[0] : undefined;
}
