import { type Kysely, sql } from 'kysely';

/**
 * A user's own endpoints and what they are told. `webhook_events` and `webhook_deliveries` are an outbox: written in the
 * transaction that makes the event true, emptied by workflows. The id of an event is what a receiver tells repeats by.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table webhook_endpoints (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      url text not null,
      events text[] not null,
      secret jsonb not null,
      is_active boolean not null default true,
      disabled_reason text,
      failing_since timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index webhook_endpoints_by_user on webhook_endpoints (user_id, created_at, id)`.execute(db);
  // No foreign keys to jobs and sources: the news of a job outlives it. data: ids and counts, never text.
  await sql`
    create table webhook_events (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      event_type text not null,
      data_source_id uuid,
      job_id uuid,
      data jsonb not null,
      created_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create unique index webhook_events_once_per_job on webhook_events (event_type, job_id)
      where job_id is not null`.execute(db);
  await sql`create index webhook_events_by_user on webhook_events (user_id, created_at)`.execute(db);
  await sql`
    create table webhook_deliveries (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
      event_id uuid not null references webhook_events (id) on delete cascade,
      status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
      attempts integer not null default 0,
      last_status integer,
      last_error text,
      last_attempt_at timestamptz,
      next_attempt_at timestamptz default now(),
      created_at timestamptz not null default now(),
      unique (endpoint_id, event_id)
    )`.execute(db);
  await sql`
    create index webhook_deliveries_pending on webhook_deliveries (user_id, next_attempt_at)
      where status = 'pending'`.execute(db);
  await sql`
    create index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint_id, created_at desc, id desc)`.execute(
    db,
  );
  await sql`create index webhook_deliveries_by_event on webhook_deliveries (event_id)`.execute(db);
  for (const table of ['webhook_endpoints', 'webhook_events', 'webhook_deliveries']) await ownRows(db, table);
  await createLookup(db);
}

async function ownRows(db: Kysely<unknown>, table: string): Promise<void> {
  await sql`alter table ${sql.table(table)} enable row level security`.execute(db);
  await sql`alter table ${sql.table(table)} force row level security`.execute(db);
  await sql`
    create policy own_rows on ${sql.table(table)} to headwater_app
      using (user_id = current_setting('app.user_id', true))
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select, insert, update, delete on ${sql.table(table)} to headwater_app`.execute(db);
}

/** Whose deliveries are overdue (a worker died between writing one down and starting it)? Ids of users and nothing else. */
async function createLookup(db: Kysely<unknown>): Promise<void> {
  await sql`
    create policy outbox_lookup on webhook_deliveries for select to headwater_lookup using (true)`.execute(db);
  await sql`
    grant select (user_id, status, next_attempt_at) on webhook_deliveries to headwater_lookup`.execute(db);
  await sql`
    create function users_with_overdue_webhooks() returns setof text language sql stable security definer
      set search_path = public as $$
      select distinct user_id from webhook_deliveries
      where status = 'pending' and next_attempt_at < now() - interval '30 seconds' $$`.execute(db);
  await sql`grant create on schema public to headwater_lookup`.execute(db);
  await sql`alter function users_with_overdue_webhooks() owner to headwater_lookup`.execute(db);
  await sql`revoke create on schema public from headwater_lookup`.execute(db);
  await sql`revoke all on function users_with_overdue_webhooks() from public`.execute(db);
  await sql`grant execute on function users_with_overdue_webhooks() to headwater_app`.execute(db);
}
