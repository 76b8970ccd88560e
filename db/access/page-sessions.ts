/** Sessions of the page that began at an OpenID provider. */

import { sql } from 'kysely';
import type { UserTransaction } from './as-user.ts';
import { toJson } from './parameters.ts';

export interface NewPageSession {
  readonly userId: string;
  readonly sessionHash: string;
  readonly tokens: unknown;
  readonly renewAt: Date;
  readonly endsAt: Date;
}

/** Also deletes the user's sessions that have ended. */
export async function createPageSession(trx: UserTransaction, session: NewPageSession): Promise<void> {
  await trx
    .deleteFrom('pageSessions')
    .where('endsAt', '<', sql<Date>`now()`)
    .execute();
  await trx
    .insertInto('pageSessions')
    .values({ ...session, tokens: toJson(session.tokens) })
    .execute();
}

export async function findPageSession(trx: UserTransaction, sessionHash: string) {
  return await trx
    .selectFrom('pageSessions')
    .select(['tokens', 'renewAt', 'endsAt'])
    .where('sessionHash', '=', sessionHash)
    .executeTakeFirst();
}

/**
 * Takes the renewal of a session, for as long as it may take: one of several requests asks the provider, because a
 * refresh token may be good for one use, and the others go on meanwhile.
 * @returns whether this caller is the one
 */
export async function takeRenewal(trx: UserTransaction, sessionHash: string, seconds: number): Promise<boolean> {
  const taken = await trx
    .updateTable('pageSessions')
    .set({ renewAt: sql<Date>`now() + make_interval(secs => ${seconds})` })
    .where('sessionHash', '=', sessionHash)
    .where('renewAt', '<=', sql<Date>`now()`)
    .executeTakeFirst();
  return taken.numUpdatedRows > 0n;
}

export async function renewPageSession(
  trx: UserTransaction,
  sessionHash: string,
  { tokens, renewAt }: Pick<NewPageSession, 'tokens' | 'renewAt'>,
): Promise<void> {
  await trx
    .updateTable('pageSessions')
    .set({ tokens: toJson(tokens), renewAt })
    .where('sessionHash', '=', sessionHash)
    .execute();
}

export async function deletePageSession(trx: UserTransaction, sessionHash: string): Promise<void> {
  await trx.deleteFrom('pageSessions').where('sessionHash', '=', sessionHash).execute();
}
