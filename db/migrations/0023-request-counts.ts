import { type Kysely, sql } from 'kysely';
import { runAs } from './row-security.ts';

/**
 * Requests of the busiest users and addresses, by minute, for the limits that all API processes share. The rows live for
 * minutes and are lost in a crash, so the table is not logged. Nobody reads it; a function adds and returns sums.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create unlogged table request_counts (
      bucket text not null,
      minute timestamptz not null,
      requests integer not null,
      primary key (bucket, minute)
    )`.execute(db);
  await sql`alter table request_counts enable row level security`.execute(db);
  await sql`alter table request_counts force row level security`.execute(db);
  await sql`create policy counting on request_counts to headwater_lookup using (true) with check (true)`.execute(db);
  await sql`grant select, insert, update, delete on request_counts to headwater_lookup`.execute(db);
  await sql`
    create function count_requests(buckets text[], added integer[], at timestamptz)
      returns table (name text, total integer) language sql volatile security definer
      set search_path = pg_catalog, pg_temp as $$
      delete from public.request_counts where minute < at - interval '5 minutes';
      insert into public.request_counts as c (bucket, minute, requests)
      select given.bucket, at, given.requests from unnest(buckets, added) as given (bucket, requests) order by 1
      on conflict (bucket, minute) do update set requests = c.requests + excluded.requests
      returning c.bucket, c.requests $$`.execute(db);
  await runAs(db, 'headwater_lookup', 'count_requests(text[], integer[], timestamptz)');
}
