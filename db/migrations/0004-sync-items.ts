import { type Kysely, sql } from 'kysely';

/**
 * `external_hash` is what was last recorded as synced, `listed_hash` what the latest listing said: an item is unchanged
 * only if they agree, so a failure in between can never look done. `last_seen_job_id` is written for every item of
 * every full listing: no index on it and room in the page keep that a cheap in-place (HOT) update.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sync_items (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null references data_sources (id) on delete cascade,
      external_id text not null,
      parent_external_id text,
      external_path text not null,
      name text not null,
      item_type text not null check (item_type in ('file', 'email', 'message', 'page', 'note')),
      mime_type text,
      size bigint,
      web_url text,
      hints jsonb,
      external_modified_at timestamptz,
      listed_hash text not null,
      external_hash text,
      external_hash_kind text not null,
      content_hash text,
      local_document_id uuid,
      sync_status text not null default 'pending' check (sync_status in ('pending', 'synced', 'skipped', 'failed')),
      last_error_code text,
      last_error_message text,
      attempts integer not null default 0,
      next_attempt_at timestamptz,
      last_seen_job_id uuid,
      last_synced_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (data_source_id, external_id)
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index sync_items_by_parent on sync_items (data_source_id, parent_external_id)`.execute(db);
  await sql`
    create index sync_items_to_retry on sync_items (data_source_id, next_attempt_at)
      where sync_status in ('pending', 'failed')`.execute(db);
  await sql`
    create table source_containers (
      user_id text not null,
      data_source_id uuid not null references data_sources (id) on delete cascade,
      external_id text not null,
      parent_external_id text,
      name text not null,
      last_seen_job_id uuid,
      primary key (data_source_id, external_id)
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index source_containers_by_parent on source_containers (data_source_id, parent_external_id)`.execute(
    db,
  );
}
