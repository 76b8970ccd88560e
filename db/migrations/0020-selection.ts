import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * What a source's config selects: when it was changed (null once a full listing has applied the change), and items that it
 * no longer selects among those to remove. `plan_containers` has the folders that a plan lists, while it runs.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table data_sources add column config_changed_at timestamptz`.execute(db);
  await sql`alter table job_removals drop constraint job_removals_reason_check`.execute(db);
  await sql`
    alter table job_removals add constraint job_removals_reason_check
      check (reason in ('named', 'path', 'inside', 'missed', 'outside'))`.execute(db);
  await sql`
    create table plan_containers (
      job_id uuid not null,
      external_id text not null,
      user_id text not null,
      parent_external_id text,
      name text not null,
      primary key (job_id, external_id),
      foreign key (job_id, user_id) references sync_jobs (id, user_id) on delete cascade
    )`.execute(db);
  await allowOwnRows(db, ['plan_containers']);
  await selectSeveralFolders(db);
}

/** Dropbox sources had one `folder`. The policies hold the owner of the tables too, so they are lifted for this update. */
async function selectSeveralFolders(db: Kysely<unknown>): Promise<void> {
  await sql`alter table data_sources no force row level security`.execute(db);
  await sql`
    update data_sources set config = (config - 'folder') || jsonb_build_object('folders',
      case when config ->> 'folder' = '' then '[]'::jsonb else jsonb_build_array(config -> 'folder') end)
    where source_type = 'dropbox' and config ? 'folder'`.execute(db);
  await sql`alter table data_sources force row level security`.execute(db);
}
