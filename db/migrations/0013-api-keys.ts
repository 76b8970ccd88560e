import { type Kysely, sql } from 'kysely';
import { allowOwnRows, runAs } from './row-security.ts';

/** Keys for programs. Of the key itself only a hash is kept; `hint` is its beginning, for people to tell keys apart. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table api_keys (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      name text not null,
      key_hash text not null unique,
      hint text not null,
      scope text not null check (scope in ('read', 'sync', 'admin')),
      data_source_ids uuid[],
      project_ids uuid[],
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index api_keys_by_user on api_keys (user_id, created_at, id)`.execute(db);
  await allowOwnRows(db, ['api_keys']);
  await sql`create policy look_up on api_keys for select to headwater_lookup using (true)`.execute(db);
  await sql`grant select (user_id, key_hash) on api_keys to headwater_lookup`.execute(db);
  await sql`
    create function owner_of_api_keys(key text) returns text language sql stable security definer
      set search_path = pg_catalog, pg_temp as $$
      select k.user_id from public.api_keys k where k.key_hash = $1 $$`.execute(db);
  await runAs(db, 'headwater_lookup', 'owner_of_api_keys(text)');
}
