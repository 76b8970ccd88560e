import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * A user's own endpoints and what is sent to them. `webhook_events` and `webhook_deliveries` are an outbox: written in the
 * transaction that makes the event true, emptied by workflows. Receivers recognise a repeated event by its id.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createEndpoints(db);
  await createEvents(db);
  await createDeliveries(db);
  await allowOwnRows(db, ['webhook_endpoints', 'webhook_events', 'webhook_deliveries']);
}

async function createEndpoints(db: Kysely<unknown>): Promise<void> {
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
      updated_at timestamptz not null default now(),
      unique (id, user_id)
    )`.execute(db);
  await sql`create index webhook_endpoints_by_user on webhook_endpoints (user_id, created_at, id)`.execute(db);
}

/** No foreign keys to jobs and sources: the event of a job outlives it. `data` holds ids and counts, never text. */
async function createEvents(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table webhook_events (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      event_type text not null,
      data_source_id uuid,
      job_id uuid,
      data jsonb not null,
      created_at timestamptz not null default now(),
      unique (id, user_id)
    )`.execute(db);
  await sql`
    create unique index webhook_events_once_per_job on webhook_events (event_type, job_id)
      where job_id is not null`.execute(db);
  await sql`create index webhook_events_by_user on webhook_events (user_id, created_at)`.execute(db);
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table webhook_deliveries (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      endpoint_id uuid not null,
      event_id uuid not null,
      status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
      attempts integer not null default 0,
      last_status integer,
      last_error text,
      last_attempt_at timestamptz,
      next_attempt_at timestamptz default now(),
      created_at timestamptz not null default now(),
      unique (endpoint_id, event_id),
      foreign key (endpoint_id, user_id) references webhook_endpoints (id, user_id) on delete cascade,
      foreign key (event_id, user_id) references webhook_events (id, user_id) on delete cascade
    )`.execute(db);
  await sql`
    create index webhook_deliveries_pending on webhook_deliveries (user_id, next_attempt_at)
      where status = 'pending'`.execute(db);
  await sql`
    create index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint_id, created_at desc, id desc)`.execute(
    db,
  );
  await sql`create index webhook_deliveries_by_event on webhook_deliveries (event_id)`.execute(db);
}
