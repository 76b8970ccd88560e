import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sync_jobs (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null references data_sources (id) on delete cascade,
      job_type text not null check (job_type in ('full_sync', 'incremental', 'delta', 'manual')),
      mode text check (mode in ('full', 'feed', 'window', 'manual')),
      trigger text not null check (trigger in ('api', 'schedule', 'cli', 'retry')),
      dry_run boolean not null default false,
      external_ids jsonb,
      status text not null default 'pending'
        check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
      items_found integer not null default 0,
      items_processed integer not null default 0,
      items_created integer not null default 0,
      items_updated integer not null default 0,
      items_unchanged integer not null default 0,
      items_removed integer not null default 0,
      items_skipped integer not null default 0,
      items_failed integer not null default 0,
      bytes_processed bigint not null default 0,
      listing_from_page integer not null default 1,
      listing_complete boolean not null default false,
      next_checkpoint text,
      error_code text,
      error_message text,
      progress_data jsonb not null default '{}',
      waiting_reason text,
      waiting_until timestamptz,
      workflow_id text,
      run_id text,
      idempotency_key text,
      started_at timestamptz,
      completed_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  // P1: the lease. Whoever has the pending or running row holds the source.
  await sql`
    create unique index sync_jobs_one_active_per_source on sync_jobs (data_source_id)
      where status in ('pending', 'running')`.execute(db);
  await sql`
    create unique index sync_jobs_idempotency on sync_jobs (user_id, idempotency_key)
      where idempotency_key is not null`.execute(db);
  await sql`create index sync_jobs_by_source on sync_jobs (data_source_id, created_at desc, id desc)`.execute(db);
}
