/**
 * Statements that each migration repeats when it creates a table or a look-up. Migrations that have run depend on them:
 * add a function here, but never change what an existing one does.
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
 * Lets the login that migrates act as a role. If another owner created the role, a login that may not grant it needs an
 * administrator to make it a member first; a superuser needs nothing.
 */
export async function joinRole(db: Kysely<unknown>, role: string): Promise<void> {
  await sql`
    do $$ begin
      if (select rolsuper from pg_roles where rolname = current_user) then return; end if;
      execute format('grant %I to %I', ${sql.lit(role)}, current_user);
    exception when insufficient_privilege then
      if not pg_has_role(current_user, ${sql.lit(role)}, 'member') then raise; end if;
    end $$`.execute(db);
}

/**
 * A member sees what the role sees. The login reads across users only through functions, so it is no longer a member
 * when the migration ends.
 */
async function leaveRole(db: Kysely<unknown>, role: string): Promise<void> {
  await sql`
    do $$ begin
      if (select rolsuper from pg_roles where rolname = current_user) then return; end if;
      execute format('revoke %I from %I', ${sql.lit(role)}, current_user);
    exception when insufficient_privilege then null; end $$`.execute(db);
}

/**
 * Makes a `security definer` function run as `owner`, and allows only the app role to call it. Such a function sets
 * `search_path = pg_catalog, pg_temp` and names its tables with their schema, so that it never finds an object that a
 * user has created.
 * @param signature name and argument types, as in `users_with_vectors(text, integer)`
 */
export async function runAs(db: Kysely<unknown>, owner: string, signature: string): Promise<void> {
  const role = sql.ref(owner);
  const name = sql.raw(signature);
  await joinRole(db, owner);
  // PostgreSQL transfers a function only to a role that may create functions in the schema.
  await sql`grant create on schema public to ${role}`.execute(db);
  await sql`alter function ${name} owner to ${role}`.execute(db);
  await sql`revoke create on schema public from ${role}`.execute(db);
  await sql`set local role ${role}`.execute(db);
  await sql`revoke all on function ${name} from public`.execute(db);
  await sql`grant execute on function ${name} to headwater_app`.execute(db);
  await sql`reset role`.execute(db);
  await leaveRole(db, owner);
}
