import { CompiledQuery, type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';
import { afterOpening, openingFor, roleOf } from './user-dialect.ts';

/** A transaction that sees one user's rows only. Query functions require it by type. */
export type UserTransaction = Transaction<Database>;

/** Runs work in one transaction of a user. */
export type Transact = <T>(work: (trx: UserTransaction) => Promise<T>) => Promise<T>;

type TransactionMode = 'read write' | 'read only' | 'snapshot';

/**
 * All access to data goes through this function (P6). It runs one transaction as the app role, which sees only this
 * user's rows; all settings end with the transaction. Never wait for the network inside: the embedded database has a
 * single connection. @param mode in a `read only` transaction, the database rejects every change; in a `snapshot`, all
 * statements also see the same state
 */
export async function asUser<T>(
  db: Kysely<Database>,
  userId: string,
  work: (trx: UserTransaction) => Promise<T>,
  mode: TransactionMode = 'read write',
): Promise<T> {
  return await openingFor(userId, async (opening) =>
    transactionOf(db, mode).execute(async (trx) => {
      // Some connections have a dialect that does not open transactions for their user.
      if (!opening.isForUser) await trx.executeQuery(CompiledQuery.raw(roleOf(userId)));
      return await afterOpening(async () => await work(trx));
    }),
  );
}

function transactionOf(db: Kysely<Database>, mode: TransactionMode) {
  if (mode === 'read write') return db.transaction();
  const reading = db.transaction().setAccessMode('read only');
  return mode === 'snapshot' ? reading.setIsolationLevel('repeatable read') : reading;
}

/**
 * Finds the owner of a row. This is the only query on a row outside a user's scope, and it returns a user id or null.
 */
export async function ownerOf(
  db: Kysely<Database>,
  table: 'data_sources' | 'sync_jobs' | 'oauth_states' | 'api_keys' | 'page_sessions',
  key: string,
): Promise<string | null> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{
      owner: string | null;
    }>`select ${sql.ref(`owner_of_${table}`)}(${key}) as owner`.execute(trx);
    return rows[0]?.owner ?? null;
  });
}

/**
 * Lists the ids of users who have schedules, for the reconciliation at start-up. Like `ownerOf`, it runs outside any
 * user's scope.
 */
export async function usersWithSchedules(db: Kysely<Database>): Promise<string[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ userId: string }>`select users_with_schedules() as user_id`.execute(trx);
    return rows.map((row) => row.userId);
  });
}

/**
 * Lists the ids of users who have vectors, in order, after a given one, so that operators can compare or move the
 * vectors of all users.
 */
export async function usersWithVectors(db: Kysely<Database>, after: string, max: number): Promise<string[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ userId: string }>`select users_with_vectors(${after}, ${max}) as user_id`.execute(trx);
    return rows.map((row) => row.userId);
  });
}

/** Lists the ids of users who may have encrypted secrets, in order, after a given one, for the rotation of keys. */
export async function usersWithSecrets(db: Kysely<Database>, after: string, max: number): Promise<string[]> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ userId: string }>`select users_with_secrets(${after}, ${max}) as user_id`.execute(trx);
    return rows.map((row) => row.userId);
  });
}
