import { type Kysely, sql } from 'kysely';
import { runAs } from './row-security.ts';

const role = 'headwater_lookup';

/**
 * Every query across users (P6): the functions below are the only ones. They run as `headwater_lookup`, which can read
 * only the columns that they need. They return ids, hashes and numbers, never a name or a text.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await allowReading(db);
  await createOwnerLookup(db, 'data_sources', 'id', 'uuid');
  await createOwnerLookup(db, 'sync_jobs', 'id', 'uuid');
  await createOwnerLookup(db, 'oauth_states', 'state_hash', 'text');
  await createUserLists(db);
  await createSubscriptionLookups(db);
  await createHealth(db);
}

async function allowReading(db: Kysely<unknown>): Promise<void> {
  const columns: Readonly<Record<string, string>> = {
    data_sources:
      'id, user_id, source_type, is_active, needs_sign_in, last_sync_at, sync_frequency, change_notifications_enabled, created_at',
    oauth_states: 'state_hash, user_id',
    scheduled_syncs: 'user_id, data_source_id, is_active',
    sync_jobs: 'id, user_id, data_source_id, status, started_at, waiting_reason, progress_data',
    change_notification_subscriptions: 'user_id, data_source_id, vendor, external_id, secret_hash',
    vector_spaces: 'user_id',
    webhook_deliveries: 'user_id, status, next_attempt_at',
    webhook_endpoints: 'user_id',
  };
  for (const [table, list] of Object.entries(columns)) {
    await sql`create policy look_up on ${sql.table(table)} for select to headwater_lookup using (true)`.execute(db);
    await sql`grant select (${sql.raw(list)}) on ${sql.table(table)} to headwater_lookup`.execute(db);
  }
}

/** Creates `owner_of_<table>(key)`, which returns the row's user id or null and nothing else. */
async function createOwnerLookup(
  db: Kysely<unknown>,
  table: string,
  key: string,
  type: 'uuid' | 'text',
): Promise<void> {
  await sql`
    create function ${sql.ref(`owner_of_${table}`)}(key ${sql.raw(type)}) returns text language sql stable
      security definer set search_path = pg_catalog, pg_temp as
      ${sql.lit(`select t.user_id from public.${table} t where t.${key} = $1`)}`.execute(db);
  await runAs(db, role, `owner_of_${table}(${type})`);
}

/**
 * Users who have schedules, vectors, encrypted secrets, or deliveries that are overdue because a worker died before it
 * started them.
 */
async function createUserLists(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function users_with_schedules() returns setof text language sql stable security definer
      set search_path = pg_catalog, pg_temp as $$
      select user_id from public.data_sources where sync_frequency <> 'manual'
      union select user_id from public.scheduled_syncs $$`.execute(db);
  await sql`
    create function users_with_vectors(after text, most integer) returns setof text language sql stable
      security definer set search_path = pg_catalog, pg_temp as $$
      select distinct user_id from public.vector_spaces where user_id > after order by user_id limit most $$`.execute(
    db,
  );
  await sql`
    create function users_with_overdue_webhooks() returns setof text language sql stable security definer
      set search_path = pg_catalog, pg_temp as $$
      select distinct user_id from public.webhook_deliveries
      where status = 'pending' and next_attempt_at < now() - interval '30 seconds' $$`.execute(db);
  await sql`
    create function users_with_secrets(after text, most integer) returns setof text language sql stable
      security definer set search_path = pg_catalog, pg_temp as $$
      select user_id from public.data_sources where user_id > after
      union select user_id from public.webhook_endpoints where user_id > after
      order by user_id limit most $$`.execute(db);
  await runAs(db, role, 'users_with_schedules()');
  await runAs(db, role, 'users_with_secrets(text, integer)');
  await runAs(db, role, 'users_with_vectors(text, integer)');
  await runAs(db, role, 'users_with_overdue_webhooks()');
}

/** A vendor's notification names no user. These functions find the sources that it concerns. */
async function createSubscriptionLookups(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function notified_sources(vendor text, external_ids text[])
      returns table (user_id text, data_source_id uuid, external_id text, secret_hash text)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
      select p.user_id, p.data_source_id, p.external_id, p.secret_hash from public.change_notification_subscriptions p
      where p.vendor = $1 and p.external_id = any($2) $$`.execute(db);
  await sql`
    create function sources_with_change_notifications() returns table (user_id text, data_source_id uuid)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
      select s.user_id, s.id from public.data_sources s where s.change_notifications_enabled $$`.execute(db);
  await runAs(db, role, 'notified_sources(text, text[])');
  await runAs(db, role, 'sources_with_change_notifications()');
}

/** Queries for monitoring, over all users: numbers by source type, without ids and names. */
async function createHealth(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function sync_health() returns table (source_type text, sources int, need_sign_in int, running int,
        waiting int, held int, oldest_success_seconds float8, longest_run_seconds float8)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
      select s.source_type, count(distinct s.id)::int, (count(distinct s.id) filter (where s.needs_sign_in))::int,
        count(j.status)::int, count(j.waiting_reason)::int,
        (count(*) filter (where j.progress_data #>> '{removals,decision}' = 'waiting'))::int,
        max(extract(epoch from now() - coalesce(s.last_sync_at, s.created_at)))
          filter (where s.is_active and (s.sync_frequency <> 'manual'
            or exists (select from public.scheduled_syncs r where r.data_source_id = s.id and r.is_active)))::float8,
        max(extract(epoch from now() - j.started_at))::float8
      from public.data_sources s left join public.sync_jobs j on j.data_source_id = s.id and j.status = 'running'
      group by s.source_type $$`.execute(db);
  await runAs(db, role, 'sync_health()');
}
