import { type Kysely, sql } from 'kysely';

/**
 * Files in archives are documents of their own. They have the external id of the archive, whose item they belong to, and
 * a path within it; `archive_id` is the archive's own document, which deletes them with it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table documents
      add column archive_id uuid,
      add column member_path text,
      add constraint documents_member check ((archive_id is null) = (member_path is null)),
      add constraint documents_archive foreign key (archive_id, user_id) references documents (id, user_id)
        on delete cascade,
      drop constraint documents_data_source_id_external_id_key`.execute(db);
  await sql`
    create unique index documents_by_item on documents (data_source_id, external_id, (coalesce(member_path, '')))`.execute(
    db,
  );
  await sql`create index documents_by_archive on documents (archive_id) where archive_id is not null`.execute(db);
  await noteMembersPath(db);
}

/** The path of an archive is part of the paths of its files. */
async function noteMembersPath(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function note_document_of_row() returns trigger language plpgsql
      set search_path = pg_catalog, pg_temp as $$
    declare
      changed uuid := case when tg_table_name = 'sync_items' then to_jsonb(new) ->> 'local_document_id'
        else to_jsonb(coalesce(new, old)) ->> 'document_id' end;
    begin
      perform public.note_document_change(d.user_id, d.id, d.data_source_id, 'updated')
      from public.documents d
      where (d.id = changed or (tg_table_name = 'sync_items' and d.archive_id = changed))
        and d.live_generation is not null;
      return null;
    end $$`.execute(db);
}
