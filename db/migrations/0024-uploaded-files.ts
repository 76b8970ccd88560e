import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * Files that users upload. A file keeps its id when it is replaced; `revision` is its place in the feed of changes, and a
 * deleted file stays for a while so that the feed can report it. The bytes are stored in parts, because one value of the
 * size of a file would have to fit in memory several times. A content that no file names belongs to an upload that is
 * running, or to one that broke off.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence uploaded_file_revisions`.execute(db);
  await sql`grant usage on sequence uploaded_file_revisions to headwater_app`.execute(db);
  await sql`
    create table uploaded_contents (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null,
      size bigint not null check (size >= 0),
      created_at timestamptz not null default now(),
      unique (id, user_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index uploaded_contents_by_user on uploaded_contents (user_id)`.execute(db);
  await sql`create index uploaded_contents_by_source on uploaded_contents (data_source_id)`.execute(db);
  await sql`
    create table uploaded_parts (
      content_id uuid not null,
      ordinal integer not null,
      user_id text not null,
      bytes bytea not null,
      primary key (content_id, ordinal),
      foreign key (content_id, user_id) references uploaded_contents (id, user_id) on delete cascade
    )`.execute(db);
  // Most files are compressed already.
  await sql`alter table uploaded_parts alter column bytes set storage external`.execute(db);
  await sql`
    create table uploaded_files (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null,
      path text not null,
      content_id uuid,
      sha256 text not null,
      revision bigint not null default nextval('uploaded_file_revisions'),
      uploaded_at timestamptz not null default now(),
      deleted_at timestamptz,
      unique (data_source_id, path),
      check ((content_id is null) = (deleted_at is not null)),
      foreign key (content_id, user_id) references uploaded_contents (id, user_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index uploaded_files_by_revision on uploaded_files (data_source_id, revision)`.execute(db);
  await sql`create index uploaded_files_by_content on uploaded_files (content_id)`.execute(db);
  await sql`create index uploaded_files_by_user on uploaded_files (user_id)`.execute(db);
  await allowOwnRows(db, ['uploaded_contents', 'uploaded_parts', 'uploaded_files']);
}
