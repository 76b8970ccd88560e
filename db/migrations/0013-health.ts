import { type Kysely, sql } from 'kysely';

/** What monitoring asks, over all users: numbers by source type, no id and no name. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    grant select (source_type, is_active, needs_sign_in, last_sync_at, connection_status, sync_frequency, created_at, id)
      on data_sources to headwater_lookup`.execute(db);
  await sql`
    grant select (data_source_id, status, started_at, waiting_reason, progress_data) on sync_jobs to headwater_lookup`.execute(
    db,
  );
  await sql`grant select (data_source_id, is_active) on scheduled_syncs to headwater_lookup`.execute(db);
  await sql`
    create function sync_health() returns table (source_type text, sources int, need_sign_in int, running int,
        waiting int, held int, oldest_success_seconds float8, longest_run_seconds float8)
      language sql stable security definer set search_path = public as $$
      select s.source_type, count(distinct s.id)::int, (count(distinct s.id) filter (where s.needs_sign_in))::int,
        count(j.status)::int, count(j.waiting_reason)::int,
        (count(*) filter (where j.progress_data #>> '{removals,decision}' = 'waiting'))::int,
        max(extract(epoch from now() - coalesce(s.last_sync_at, s.created_at)))
          filter (where s.is_active and (s.sync_frequency <> 'manual'
            or exists (select from scheduled_syncs r where r.data_source_id = s.id and r.is_active)))::float8,
        max(extract(epoch from now() - j.started_at))::float8
      from data_sources s left join sync_jobs j on j.data_source_id = s.id and j.status = 'running'
      group by s.source_type $$`.execute(db);
  await sql`grant create on schema public to headwater_lookup`.execute(db);
  await sql`alter function sync_health() owner to headwater_lookup`.execute(db);
  await sql`revoke create on schema public from headwater_lookup`.execute(db);
  await sql`revoke all on function sync_health() from public`.execute(db);
  await sql`grant execute on function sync_health() to headwater_app`.execute(db);
}
