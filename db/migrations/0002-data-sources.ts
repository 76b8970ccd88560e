import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table data_sources (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      name text not null,
      source_type text not null,
      connection_status text not null default 'disconnected'
        check (connection_status in ('connected', 'disconnected', 'error', 'syncing')),
      connection_provider text check (connection_provider in ('oauth', 'composio', 'token')),
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
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index data_sources_by_user on data_sources (user_id, created_at, id)`.execute(db);
  await sql`
    create table oauth_states (
      state_hash text primary key,
      user_id text not null,
      data_source_id uuid not null references data_sources (id) on delete cascade,
      code_verifier jsonb not null,
      redirect_uri text not null,
      expires_at timestamptz not null,
      created_at timestamptz not null default now()
    )`.execute(db);
}
