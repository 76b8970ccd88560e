import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/** Sources, their sign-ins, the rate limits of their accounts, and when and by whom their syncs are started. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createDataSources(db);
  await createSignIns(db);
  await createSchedules(db);
  await createSubscriptions(db);
  await allowOwnRows(db, [
    'data_sources',
    'oauth_states',
    'account_limits',
    'scheduled_syncs',
    'change_notification_subscriptions',
  ]);
}

async function createDataSources(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table data_sources (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      name text not null,
      source_type text not null,
      connection_status text not null default 'disconnected'
        check (connection_status in ('connected', 'disconnected', 'error', 'syncing')),
      connection_provider text check (connection_provider in ('oauth', 'composio', 'token')),
      connected_at timestamptz,
      needs_sign_in boolean not null default false,
      auth_data jsonb,
      token_refresh_locked_until timestamptz,
      account_label text,
      config jsonb not null default '{}',
      checkpoint text,
      last_full_listing_at timestamptz,
      reconcile_interval_hours integer not null default 168 check (reconcile_interval_hours > 0),
      last_sync_at timestamptz,
      last_sync_status text,
      last_sync_error text,
      total_items_synced integer not null default 0,
      sync_frequency text not null default 'manual' check (sync_frequency in ('manual', 'hourly', 'daily', 'weekly')),
      is_active boolean not null default true,
      change_notifications_enabled boolean not null default false,
      change_notifications_active boolean not null default false,
      change_notifications_error text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (id, user_id)
    )`.execute(db);
  await sql`create index data_sources_by_user on data_sources (user_id, created_at, id)`.execute(db);
}

async function createSignIns(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table oauth_states (
      state_hash text primary key,
      user_id text not null,
      data_source_id uuid not null,
      code_verifier jsonb not null,
      redirect_uri text not null,
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  // P8: a vendor's Retry-After (blocked_until) and the rate of all workers together. next_at: when the account's next
  // request may be sent; factor: the share of its rate limit that is in force.
  await sql`
    create table account_limits (
      user_id text not null,
      account text not null,
      blocked_until timestamptz not null default now(),
      next_at timestamptz not null default now(),
      factor real not null default 1,
      factor_at timestamptz not null default now(),
      primary key (user_id, account)
    )`.execute(db);
}

async function createSchedules(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table scheduled_syncs (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null,
      schedule_type text not null check (schedule_type in ('cron', 'interval', 'daily', 'weekly')),
      schedule_config jsonb not null default '{}',
      next_run_at timestamptz,
      last_run_at timestamptz,
      is_active boolean not null default true,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
}

/** `external_id` is what the vendor names in its notifications, `secret_hash` the hash of what each of them must contain. */
async function createSubscriptions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table change_notification_subscriptions (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null,
      vendor text not null,
      external_id text not null,
      resource_id text,
      secret_hash text,
      renew_at timestamptz,
      created_at timestamptz not null default now(),
      unique (data_source_id, vendor, external_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index change_notification_subscriptions_by_external_id on change_notification_subscriptions (vendor, external_id)`.execute(
    db,
  );
}
