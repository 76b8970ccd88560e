import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * Jobs and the ledger of each. Pages store the cursor of the next page, so a repeated listing step returns what was
 * recorded. Items carry the work from step to step. Counters are computed from both, never incremented.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createJobs(db);
  await createPages(db);
  await createContainers(db);
  await createItems(db);
  await createRemovals(db);
  await allowOwnRows(db, ['sync_jobs', 'job_pages', 'job_containers', 'job_items', 'job_gaps', 'job_removals']);
}

/**
 * `items_pending` counts what a stopped job had found and not tried yet: these items were neither skipped nor did they
 * fail.
 */
async function createJobs(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sync_jobs (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null,
      job_type text not null check (job_type in ('full_sync', 'incremental', 'delta', 'manual')),
      mode text check (mode in ('full', 'feed', 'window', 'manual', 'reprocess')),
      trigger text not null check (trigger in ('api', 'schedule', 'cli', 'retry', 'webhook')),
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
      items_pending integer not null default 0,
      bytes_processed bigint not null default 0,
      listing_from_page integer not null default 1,
      listing_complete boolean not null default false,
      next_checkpoint text,
      error_code text,
      error_message text,
      progress_data jsonb not null default '{}',
      waiting_reason text,
      waiting_until timestamptz,
      pages_at_once integer,
      requests_per_second real check (requests_per_second > 0),
      workflow_id text,
      run_id text,
      idempotency_key text,
      started_at timestamptz,
      completed_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (id, user_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  // P1: the lease. The job with the pending or running row holds the source.
  await sql`
    create unique index sync_jobs_one_active_per_source on sync_jobs (data_source_id)
      where status in ('pending', 'running')`.execute(db);
  await sql`
    create unique index sync_jobs_idempotency on sync_jobs (user_id, idempotency_key)
      where idempotency_key is not null`.execute(db);
  await sql`create index sync_jobs_by_source on sync_jobs (data_source_id, created_at desc, id desc)`.execute(db);
}

/**
 * `items_kept` counts items that the listing alone showed to be unchanged: they have no row in the ledger. The digests
 * and the two counters after them record the progress of the listing, so that one that never ends is detected.
 */
async function createPages(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table job_pages (
      job_id uuid not null,
      page integer not null,
      user_id text not null,
      kind text not null check (kind in ('listing', 'container', 'retry', 'manual', 'stale', 'confirm', 'sweep')),
      container_external_id text,
      next_cursor text,
      state text not null default 'listed' check (state in ('listed', 'closed', 'failed')),
      items_found integer not null default 0,
      items_created integer not null default 0,
      items_updated integer not null default 0,
      items_unchanged integer not null default 0,
      items_kept integer not null default 0,
      items_removed integer not null default 0,
      items_skipped integer not null default 0,
      items_failed integer not null default 0,
      bytes_processed bigint not null default 0,
      containers_changed boolean not null default false,
      cursor_digest text,
      content_digest text,
      repeats integer not null default 0,
      idle integer not null default 0,
      listed_at timestamptz not null default now(),
      closed_at timestamptz,
      primary key (job_id, page),
      foreign key (job_id, user_id) references sync_jobs (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index job_pages_by_cursor on job_pages (job_id, cursor_digest)`.execute(db);
  await sql`create index job_pages_by_content on job_pages (job_id, content_digest)`.execute(db);
}

/** The containers and gaps that one job met. */
async function createContainers(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table job_containers (
      job_id uuid not null,
      external_id text not null,
      user_id text not null,
      listed boolean not null default false,
      primary key (job_id, external_id),
      foreign key (job_id, user_id) references sync_jobs (id, user_id) on delete cascade
    )`.execute(db);
  await sql`
    create table job_gaps (
      job_id uuid not null,
      external_id text not null,
      user_id text not null,
      name text not null,
      code text not null,
      message text not null,
      since timestamptz not null,
      next_attempt_at timestamptz,
      primary key (job_id, external_id),
      foreign key (job_id, user_id) references sync_jobs (id, user_id) on delete cascade
    )`.execute(db);
}

/**
 * `attempts_alone` is increased before an item is processed alone and reset afterwards, so an item that crashed a
 * worker keeps its count.
 */
async function createItems(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table job_items (
      job_id uuid not null,
      external_id text not null,
      user_id text not null,
      data_source_id uuid not null,
      page integer not null,
      batch integer,
      deleted boolean not null default false,
      item_type text,
      name text,
      parent_external_id text,
      external_path text,
      mime_type text,
      size bigint,
      external_modified_at timestamptz,
      listed_hash text,
      hash_kind text,
      web_url text,
      hints jsonb,
      notes jsonb,
      action text check (action in
        ('create', 'update', 'touch', 'delete', 'skip', 'retry', 'keep', 'reprocess', 'defer')),
      state text not null default 'listed' check (state in ('listed', 'planned', 'downloaded', 'transformed', 'done')),
      outcome text check (outcome in ('created', 'updated', 'unchanged', 'removed', 'skipped', 'failed')),
      error_code text,
      error_message text,
      document_id uuid,
      content_hash text,
      content_mime_type text,
      extracted_hash text,
      transformations_hash text,
      attempts_alone integer not null default 0,
      bytes bigint not null default 0,
      updated_at timestamptz not null default now(),
      primary key (job_id, external_id),
      foreign key (job_id, user_id) references sync_jobs (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index job_items_by_page on job_items (job_id, page, batch)`.execute(db);
}

/**
 * Items that a job considers deleted and has not removed yet. An item is removed only after the whole listing was read,
 * missing items were confirmed and the guard was consulted.
 */
async function createRemovals(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table job_removals (
      job_id uuid not null,
      external_id text not null,
      user_id text not null,
      reason text not null check (reason in ('named', 'path', 'inside', 'missed')),
      state text not null default 'open' check (state in ('open', 'confirmed', 'listed')),
      primary key (job_id, external_id),
      foreign key (job_id, user_id) references sync_jobs (id, user_id) on delete cascade
    )`.execute(db);
}
