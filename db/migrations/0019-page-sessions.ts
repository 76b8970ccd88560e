import { type Kysely, sql } from 'kysely';
import { allowOwnRows, runAs } from './row-security.ts';

/**
 * Sessions of the page that began at an OpenID provider. Of the cookie only a hash is kept; the provider's tokens are
 * sealed. `renew_at` is when the provider has to confirm the session again, `ends_at` when it ends whatever it says.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table page_sessions (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      session_hash text not null unique,
      tokens jsonb not null,
      renew_at timestamptz not null,
      ends_at timestamptz not null,
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index page_sessions_by_user on page_sessions (user_id, ends_at)`.execute(db);
  await allowOwnRows(db, ['page_sessions']);
  await sql`create policy look_up on page_sessions for select to headwater_lookup using (true)`.execute(db);
  await sql`grant select (user_id, session_hash) on page_sessions to headwater_lookup`.execute(db);
  await sql`
    create function owner_of_page_sessions(key text) returns text language sql stable security definer
      set search_path = pg_catalog, pg_temp as $$
      select s.user_id from public.page_sessions s where s.session_hash = $1 $$`.execute(db);
  await runAs(db, 'headwater_lookup', 'owner_of_page_sessions(text)');
}
