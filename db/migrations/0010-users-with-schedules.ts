import { type Kysely, sql } from 'kysely';

/** At start-up schedules of all users are compared with Temporal's: whose there are is asked here, ids and nothing else. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create policy owner_lookup on scheduled_syncs for select to headwater_lookup using (true)`.execute(db);
  await sql`grant select (user_id) on scheduled_syncs to headwater_lookup`.execute(db);
  await sql`grant select (sync_frequency) on data_sources to headwater_lookup`.execute(db);
  await sql`
    create function users_with_schedules() returns setof text language sql stable security definer
      set search_path = public as $$
      select user_id from data_sources where sync_frequency <> 'manual'
      union select user_id from scheduled_syncs $$`.execute(db);
  await sql`grant create on schema public to headwater_lookup`.execute(db);
  await sql`alter function users_with_schedules() owner to headwater_lookup`.execute(db);
  await sql`revoke create on schema public from headwater_lookup`.execute(db);
  await sql`revoke all on function users_with_schedules() from public`.execute(db);
  await sql`grant execute on function users_with_schedules() to headwater_app`.execute(db);
}
