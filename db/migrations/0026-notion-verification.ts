import { type Kysely, sql } from 'kysely';
import { runAs } from './row-security.ts';

/**
 * The token of a new webhook subscription at Notion, for which an operator waits: one row at most, of no user. The API
 * process that Notion reaches need not be the one that was asked, and they need not share a folder.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notion_verification (
      only_row boolean primary key default true check (only_row),
      waits_until timestamptz not null,
      token jsonb
    )`.execute(db);
  await sql`alter table notion_verification enable row level security`.execute(db);
  await sql`alter table notion_verification force row level security`.execute(db);
  await sql`create policy verifying on notion_verification to headwater_lookup using (true) with check (true)`.execute(
    db,
  );
  await sql`grant select, insert, update on notion_verification to headwater_lookup`.execute(db);
  await createFunctions(db);
}

/** Each is one statement, so that of two tokens that arrive at once one is taken. */
async function createFunctions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function begin_notion_verification(seconds integer) returns timestamptz language sql volatile security definer
      set search_path = pg_catalog, pg_temp as $$
      insert into public.notion_verification as v (waits_until) values (now() + make_interval(secs => seconds))
      on conflict (only_row) do update set waits_until = excluded.waits_until, token = null
      returning v.waits_until $$`.execute(db);
  await sql`
    create function take_notion_verification(sealed jsonb) returns boolean language sql volatile security definer
      set search_path = pg_catalog, pg_temp as $$
      with taken as (
        update public.notion_verification set token = sealed, waits_until = now()
        where token is null and waits_until > now() returning 1)
      select exists (select from taken) $$`.execute(db);
  await sql`
    create function find_notion_verification() returns table (waits_until timestamptz, token jsonb) language sql stable
      security definer set search_path = pg_catalog, pg_temp as $$
      select v.waits_until, v.token from public.notion_verification v $$`.execute(db);
  await runAs(db, 'headwater_lookup', 'begin_notion_verification(integer)');
  await runAs(db, 'headwater_lookup', 'take_notion_verification(jsonb)');
  await runAs(db, 'headwater_lookup', 'find_notion_verification()');
}
