import { type Kysely, sql } from 'kysely';
import { joinRole } from './row-security.ts';

/**
 * `headwater_app` runs every request and activity: it owns nothing and is not a superuser, so row-level security binds
 * it. `headwater_lookup` owns the few functions that may read ids across users, and `headwater_search` those that query
 * the word index. Roles belong to the whole server and two databases on it may migrate at once, hence the caught
 * duplicates.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const role of ['headwater_app', 'headwater_lookup', 'headwater_search']) await createRole(db, role);
  await joinRole(db, 'headwater_app');
  await sql`create extension if not exists vector`.execute(db);
  await sql`grant usage on schema public to headwater_app, headwater_lookup, headwater_search`.execute(db);
  // RFC 9562 version 7: 48 bits of milliseconds, then random bits. PostgreSQL has its own function only from version 18
  // on.
  await sql`
    create function uuid_v7() returns uuid language sql volatile parallel safe as $$
      select encode(
        set_bit(set_bit(
          overlay(uuid_send(gen_random_uuid())
            placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
          52, 1), 53, 1), 'hex')::uuid
    $$`.execute(db);
}

/** A login that may not create roles needs an administrator to create them first. */
async function createRole(db: Kysely<unknown>, role: string): Promise<void> {
  await sql`
    do $$ begin
      if not exists (select from pg_roles where rolname = ${sql.lit(role)}) then
        execute format('create role %I nologin', ${sql.lit(role)});
      end if;
    exception when duplicate_object or unique_violation then null; end $$`.execute(db);
}
