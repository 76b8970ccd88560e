import { type Kysely, sql } from 'kysely';

/**
 * The changes of a document were found through all changes of its user, and its files in archives by reading all of the
 * user's documents: 2,000 files in renamed folders took 2 s to commit (docs/decisions/40-plans-for-new-sources.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table document_changes drop constraint document_changes_pkey`.execute(db);
  await sql`alter table document_changes drop constraint document_changes_document_id_kind_key`.execute(db);
  await sql`alter table document_changes add primary key (document_id, kind)`.execute(db);
  await sql`
    create unique index document_changes_by_position on document_changes (user_id, position)
      where position is not null`.execute(db);
  await sql`
    create or replace function note_document_of_row() returns trigger language plpgsql
      set search_path = pg_catalog, pg_temp as $$
    declare
      changed uuid := case when tg_table_name = 'sync_items' then to_jsonb(new) ->> 'local_document_id'
        else to_jsonb(coalesce(new, old)) ->> 'document_id' end;
    begin
      perform public.note_document_change(d.user_id, d.id, d.data_source_id, 'updated')
      from public.documents d where d.id = changed and d.live_generation is not null;
      -- The path of an archive is part of the paths of its files.
      if tg_table_name = 'sync_items' then
        perform public.note_document_change(d.user_id, d.id, d.data_source_id, 'updated')
        from public.documents d where d.archive_id = changed and d.live_generation is not null;
      end if;
      return null;
    end $$`.execute(db);
}
