/**
 * Steps that every migration which creates a table or a look-up repeats. Migrations that have run depend on them: add a
 * function here, but never change what one of these does.
 */

import { type Kysely, sql } from 'kysely';

/**
 * Lets users see and change their own rows of these tables and nobody else's (P6). The policies are forced, so that even
 * the owner of the tables sees no row without naming a user.
 */
export async function allowOwnRows(db: Kysely<unknown>, tables: readonly string[]): Promise<void> {
  for (const name of tables) {
    const table = sql.table(name);
    await sql`alter table ${table} enable row level security`.execute(db);
    await sql`alter table ${table} force row level security`.execute(db);
    await sql`
      create policy own_rows on ${table} to headwater_app
        using (user_id = current_setting('app.user_id', true))
        with check (user_id = current_setting('app.user_id', true))`.execute(db);
    await sql`grant select, insert, update, delete on ${table} to headwater_app`.execute(db);
  }
}

/**
 * Makes a `security definer` function run as `owner`, and lets only the app's role call it.
 * @param signature name and argument types, as in `users_with_vectors(text, integer)`
 */
export async function runAs(db: Kysely<unknown>, owner: string, signature: string): Promise<void> {
  const role = sql.ref(owner);
  const name = sql.raw(signature);
  // PostgreSQL hands a function over only to a role that may create one in the schema.
  await sql`grant create on schema public to ${role}`.execute(db);
  await sql`alter function ${name} owner to ${role}`.execute(db);
  await sql`revoke create on schema public from ${role}`.execute(db);
  await sql`revoke all on function ${name} from public`.execute(db);
  await sql`grant execute on function ${name} to headwater_app`.execute(db);
}
