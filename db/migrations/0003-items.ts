import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/** What is known about each source: its items, its containers, and the parts of it that could not be listed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createItems(db);
  await createContainers(db);
  await allowOwnRows(db, ['sync_items', 'source_containers', 'source_gaps']);
}

/**
 * `external_hash` is the fingerprint last recorded as synced, `listed_hash` the one from the latest listing: an item is
 * unchanged only if they agree, so a failure in between can never look done. `last_seen_job_id` is written for every
 * item of every full listing: without an index on it and with free space in the page, this remains a cheap in-place
 * (HOT) update. `transformations_hash` names the transformations that the item last went through ('' for none). If they
 * differ from the current ones, the item is stale.
 */
async function createItems(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sync_items (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null,
      external_id text not null,
      parent_external_id text,
      external_path text not null,
      name text not null,
      item_type text not null check (item_type in ('file', 'email', 'message', 'page', 'note')),
      mime_type text,
      size bigint,
      web_url text,
      hints jsonb,
      notes jsonb,
      external_modified_at timestamptz,
      listed_hash text not null,
      external_hash text,
      external_hash_kind text not null,
      content_hash text,
      local_document_id uuid,
      sync_status text not null default 'pending' check (sync_status in ('pending', 'synced', 'skipped', 'failed')),
      transformations_hash text not null default '',
      last_error_code text,
      last_error_message text,
      attempts integer not null default 0,
      next_attempt_at timestamptz,
      deferred_until timestamptz,
      last_seen_job_id uuid,
      last_synced_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (data_source_id, external_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index sync_items_by_parent on sync_items (data_source_id, parent_external_id)`.execute(db);
  await sql`create index sync_items_by_transformations on sync_items (data_source_id, transformations_hash)`.execute(
    db,
  );
  await sql`
    create index sync_items_to_retry on sync_items (data_source_id, next_attempt_at)
      where sync_status in ('pending', 'failed')`.execute(db);
}

/** A gap has an empty `external_id` if the vendor did not say which part could not be listed. */
async function createContainers(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table source_containers (
      user_id text not null,
      data_source_id uuid not null,
      external_id text not null,
      parent_external_id text,
      name text not null,
      last_seen_job_id uuid,
      primary key (data_source_id, external_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    ) with (fillfactor = 80)`.execute(db);
  await sql`create index source_containers_by_parent on source_containers (data_source_id, parent_external_id)`.execute(
    db,
  );
  await sql`
    create table source_gaps (
      data_source_id uuid not null,
      external_id text not null,
      user_id text not null,
      name text not null,
      code text not null,
      message text not null,
      since timestamptz not null default now(),
      attempts integer not null default 1,
      next_attempt_at timestamptz,
      last_job_id uuid not null,
      primary key (data_source_id, external_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
}
