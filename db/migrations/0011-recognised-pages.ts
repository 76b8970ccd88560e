import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * The result of text recognition, page by page, by the hash of the bytes, because it takes seconds per page and should
 * never be repeated. Pages live as long as a document that was made from those bytes; pages that never became one are
 * deleted after some days (`db/documents/recognised-pages.ts`). `settings` identifies the engine and the languages. A
 * page that was given up is not stored, because the cause may be the machine.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table recognised_pages (
      user_id text not null,
      content_hash text not null,
      settings text not null,
      page integer not null,
      text text not null,
      confidence integer not null,
      created_at timestamptz not null default now(),
      primary key (user_id, content_hash, settings, page)
    )`.execute(db);
  await allowOwnRows(db, ['recognised_pages']);
  // Only documents with recognized text have rows here.
  await sql`
    create index documents_recognised on documents (user_id, content_hash)
      where metadata ? 'recognisedPages'`.execute(db);
  await forgetWithTheirDocuments(db);
  await sql`alter table job_pages drop constraint job_pages_kind_check`.execute(db);
  await sql`
    alter table job_pages add constraint job_pages_kind_check check
      (kind in ('listing', 'container', 'retry', 'manual', 'stale', 'confirm', 'sweep', 'scans'))`.execute(db);
}

/** A trigger, so that every way of deleting or changing a document is covered. */
async function forgetWithTheirDocuments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function forget_recognised_pages() returns trigger language plpgsql set search_path = public as $$
    begin
      delete from recognised_pages r
      where r.user_id = old.user_id and r.content_hash = old.content_hash and not exists (
        select from documents d where d.user_id = old.user_id and d.content_hash = old.content_hash
          and d.metadata ? 'recognisedPages');
      return null;
    end $$`.execute(db);
  await sql`
    create trigger recognised_pages_of_deleted after delete on documents for each row
      when (old.metadata ? 'recognisedPages') execute function forget_recognised_pages()`.execute(db);
  await sql`
    create trigger recognised_pages_of_changed after update of content_hash on documents for each row
      when (old.metadata ? 'recognisedPages' and old.content_hash <> new.content_hash)
      execute function forget_recognised_pages()`.execute(db);
}
