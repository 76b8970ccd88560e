import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * The feed of changes to documents. A document has at most a row for its creation, which keeps its position, and one
 * for its latest update, which moves; its deletion replaces both. Positions are drawn while the transaction commits, one
 * transaction of a user after another, so whoever has read up to a position never misses a row below it
 * (docs/decisions/32-change-feed.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createTables(db);
  await fill(db);
  await allowOwnRows(db, ['document_changes', 'document_feeds']);
  await createNote(db);
  await noteDocuments(db);
  await noteAssignments(db);
  // The list of documents in the order of their creation: ids are in that order.
  await sql`create index documents_by_user_and_id on documents (user_id, id)`.execute(db);
}

/**
 * `document_feeds` names a user's feed, so that a cursor from before an erasure is recognized, and records up to when
 * deletions have been forgotten.
 */
async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table document_changes (
      user_id text not null,
      position bigint not null,
      document_id uuid not null,
      kind text not null check (kind in ('created', 'updated', 'deleted')),
      data_source_id uuid,
      at timestamptz not null default clock_timestamp(),
      primary key (user_id, position),
      unique (document_id, kind)
    )`.execute(db);
  await sql`
    create index document_changes_deleted on document_changes (user_id, at) where kind = 'deleted'`.execute(db);
  await sql`create sequence document_changes_position`.execute(db);
  await sql`grant usage, select on sequence document_changes_position to headwater_app`.execute(db);
  await sql`
    create table document_feeds (
      user_id text primary key,
      id uuid not null default uuid_v7(),
      forgotten_until timestamptz
    )`.execute(db);
}

/** The policies are forced on the owner of the tables too, who sees every row only while they are not. */
async function fill(db: Kysely<unknown>): Promise<void> {
  await sql`alter table documents no force row level security`.execute(db);
  await sql`
    insert into document_changes (user_id, position, document_id, kind, data_source_id, at)
    select user_id, nextval('document_changes_position'), id, 'created', data_source_id, created_at
    from (select * from documents where live_generation is not null order by user_id, id) d`.execute(db);
  await sql`alter table documents force row level security`.execute(db);
}

/**
 * The lock is held from the first position of a transaction to the end of its commit. Deferred triggers take it last, so
 * nobody who holds it waits for another lock of the same user.
 */
async function createNote(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function note_document_change(owner text, document uuid, source uuid, what text) returns void
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      perform pg_advisory_xact_lock(hashtext('document_changes'), hashtext(owner));
      if what = 'updated' then
        -- One transaction changes a document once, however many of its rows it writes.
        if exists (select from public.document_changes c
          where c.document_id = document and c.xmin = pg_current_xact_id()::xid) then return; end if;
      else
        delete from public.document_changes c where c.document_id = document and c.kind <> what;
      end if;
      insert into public.document_changes (user_id, position, document_id, kind, data_source_id)
      values (owner, nextval('public.document_changes_position'), document, what, source)
      on conflict (document_id, kind) do update
        set position = excluded.position, data_source_id = excluded.data_source_id, at = excluded.at;
    end $$`.execute(db);
}

/** A document is visible from its first live text on. Its index of words is not a change that anybody sees. */
async function noteDocuments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function note_document() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      if tg_op = 'DELETE' then
        perform public.note_document_change(old.user_id, old.id, old.data_source_id, 'deleted');
      elsif tg_op = 'INSERT' or old.live_generation is null then
        perform public.note_document_change(new.user_id, new.id, new.data_source_id, 'created');
      else
        perform public.note_document_change(new.user_id, new.id, new.data_source_id, 'updated');
      end if;
      return null;
    end $$`.execute(db);
  await sql`
    create constraint trigger note_created after insert on documents deferrable initially deferred
      for each row when (new.live_generation is not null) execute function note_document()`.execute(db);
  await sql`
    create constraint trigger note_changed after update on documents deferrable initially deferred
      for each row when (new.live_generation is not null and (
        old.live_generation is distinct from new.live_generation or old.title <> new.title
        or old.mime_type is distinct from new.mime_type or old.source_url is distinct from new.source_url
        or old.modified_at is distinct from new.modified_at or old.metadata <> new.metadata
        or old.content_hash <> new.content_hash or old.data_source_id is distinct from new.data_source_id))
      execute function note_document()`.execute(db);
  await sql`
    create constraint trigger note_deleted after delete on documents deferrable initially deferred
      for each row when (old.live_generation is not null) execute function note_document()`.execute(db);
}

/** What is shown with a document but stored elsewhere: its path, its projects and tags, and their names. */
async function noteAssignments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function note_document_of_row() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      changed uuid := case when tg_table_name = 'sync_items' then to_jsonb(new) ->> 'local_document_id'
        else to_jsonb(coalesce(new, old)) ->> 'document_id' end;
    begin
      perform public.note_document_change(d.user_id, d.id, d.data_source_id, 'updated')
      from public.documents d where d.id = changed and d.live_generation is not null;
      return null;
    end $$`.execute(db);
  await sql`
    create function note_documents_of_name() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      perform public.note_document_change(d.user_id, d.id, d.data_source_id, 'updated')
      from public.documents d
      where d.live_generation is not null and d.id in (
        select l.document_id from public.project_documents l where l.project_id = new.id and not l.is_removed
        union all
        select l.document_id from public.document_tags l where l.tag_id = new.id and not l.is_removed);
      return null;
    end $$`.execute(db);
  await sql`
    create constraint trigger note_path after update of external_path on sync_items deferrable initially deferred
      for each row when (old.external_path is distinct from new.external_path and new.local_document_id is not null)
      execute function note_document_of_row()`.execute(db);
  for (const table of ['project_documents', 'document_tags'])
    await sql`
      create constraint trigger note_assignment after insert or update or delete on ${sql.table(table)}
        deferrable initially deferred for each row execute function note_document_of_row()`.execute(db);
  for (const table of ['projects', 'tags'])
    await sql`
      create constraint trigger note_name after update of name on ${sql.table(table)}
        deferrable initially deferred for each row when (old.name <> new.name)
        execute function note_documents_of_name()`.execute(db);
}
