import { type Kysely, sql } from 'kysely';

/**
 * The ledger of one job. Pages remember the cursor that leads on, so a repeated listing step answers what was recorded;
 * items carry the work from step to step; counters are computed from both, never incremented.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table job_pages (
      job_id uuid not null references sync_jobs (id) on delete cascade,
      page integer not null,
      user_id text not null,
      kind text not null check (kind in ('listing', 'container', 'retry', 'manual', 'sweep')),
      container_external_id text,
      next_cursor text,
      state text not null default 'listed' check (state in ('listed', 'closed', 'failed')),
      items_found integer not null default 0,
      items_created integer not null default 0,
      items_updated integer not null default 0,
      items_unchanged integer not null default 0,
      items_removed integer not null default 0,
      items_skipped integer not null default 0,
      items_failed integer not null default 0,
      bytes_processed bigint not null default 0,
      containers_changed boolean not null default false,
      listed_at timestamptz not null default now(),
      closed_at timestamptz,
      primary key (job_id, page)
    )`.execute(db);
  await sql`
    create table job_containers (
      job_id uuid not null references sync_jobs (id) on delete cascade,
      external_id text not null,
      user_id text not null,
      listed boolean not null default false,
      primary key (job_id, external_id)
    )`.execute(db);
  await sql`
    create table job_items (
      job_id uuid not null references sync_jobs (id) on delete cascade,
      external_id text not null,
      user_id text not null,
      data_source_id uuid not null,
      page integer not null,
      batch integer,
      gone boolean not null default false,
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
      action text check (action in ('create', 'update', 'touch', 'delete', 'skip', 'retry', 'keep')),
      state text not null default 'listed' check (state in ('listed', 'planned', 'downloaded', 'transformed', 'done')),
      outcome text check (outcome in ('created', 'updated', 'unchanged', 'removed', 'skipped', 'failed')),
      error_code text,
      error_message text,
      document_id uuid,
      content_hash text,
      content_mime_type text,
      extracted_hash text,
      bytes bigint not null default 0,
      updated_at timestamptz not null default now(),
      primary key (job_id, external_id)
    )`.execute(db);
  await sql`create index job_items_by_page on job_items (job_id, page, batch)`.execute(db);
}
