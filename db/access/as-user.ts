import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';

/** A transaction that sees one user's rows only. Query functions ask for it by type. */
export type UserTransaction = Transaction<Database>;

/**
 * The one door to the data (P6): one transaction as the app role, which sees only this user's rows. Both settings end
 * with the transaction. Never wait for the network inside: the embedded database has a single connection.
 */
export async function asUser<T>(
  db: Kysely<Database>,
  userId: string,
  work: (trx: UserTransaction) => Promise<T>,
): Promise<T> {
  return await db.transaction().execute(async (trx) => {
    await sql`select set_config('role', 'headwater_app', true), set_config('app.user_id', ${userId}, true)`.execute(
      trx,
    );
    return await work(trx);
  });
}

/** Whose is this? The only question that can be asked outside a user's scope; the answer is a user id or null. */
export async function ownerOf(
  db: Kysely<Database>,
  table: 'data_sources' | 'sync_jobs' | 'oauth_states',
  key: string,
): Promise<string | null> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{
      owner: string | null;
    }>`select ${sql.ref(`owner_of_${table}`)}(${key}) as owner`.execute(trx);
    return rows[0]?.owner ?? null;
  });
}

/** Who has anything scheduled? Ids of users, for the comparison at start-up; like `ownerOf` outside any user's scope. */
export async function usersWithSchedules(db: Kysely<Database>): Promise<string[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ userId: string }>`select users_with_schedules() as user_id`.execute(trx);
    return rows.map((row) => row.userId);
  });
}

/** Users who have vectors, in order, after one: ids of users, for operators' comparisons and moves over all of them. */
export async function usersWithVectors(db: Kysely<Database>, after: string, most: number): Promise<string[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ userId: string }>`select users_with_vectors(${after}, ${most}) as user_id`.execute(
      trx,
    );
    return rows.map((row) => row.userId);
  });
}

/** Users who may have something sealed, in order, after one: for the change of keys. */
export async function usersWithSecrets(db: Kysely<Database>, after: string, most: number): Promise<string[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ userId: string }>`select users_with_secrets(${after}, ${most}) as user_id`.execute(
      trx,
    );
    return rows.map((row) => row.userId);
  });
}
