import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * A document's text is stored once, in its chunks: their texts in order, joined, are the document. `live_generation`
 * names the set of chunks that is live; a new set is written beside it and one update switches to it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createDocuments(db);
  await createChunks(db);
  await allowOwnRows(db, ['documents', 'document_chunks', 'original_texts']);
}

/**
 * `original_texts` keeps the original text of documents whose chunks contain transformed text, so that other
 * transformations need no download. It never contains a text in which something was redacted. `documents.original` says
 * where the original is.
 */
async function createDocuments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table documents (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid,
      external_id text not null,
      item_type text not null,
      title text not null,
      mime_type text,
      source_url text,
      content_hash text not null,
      metadata jsonb not null default '{}',
      modified_at timestamptz,
      version integer not null default 0,
      live_generation uuid,
      pipeline_version text not null,
      chunk_count integer not null default 0,
      tokens integer not null default 0,
      original text not null default 'chunks' check (original in ('chunks', 'beside', 'nowhere')),
      search tsvector,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (data_source_id, external_id),
      unique (id, user_id),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index documents_by_user on documents (user_id, updated_at desc, id desc)`.execute(db);
  await indexWords(db, 'documents');
  await sql`
    create table original_texts (
      document_id uuid primary key,
      user_id text not null,
      text text not null,
      metadata jsonb not null,
      foreign key (document_id, user_id) references documents (id, user_id) on delete cascade
    )`.execute(db);
}

/**
 * `embedding_context` is the text that was embedded before the chunk's own text. With it, another model can embed the
 * same without the source. `place` is the position of the chunk in its document (headings, pages), so that it can be
 * cited. Texts and words are stored outside the main table (TOAST), not compressed, so that reading a thousand rows
 * without them takes a few pages and nothing is decompressed.
 */
async function createChunks(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table document_chunks (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      document_id uuid not null,
      generation uuid not null,
      ordinal integer not null,
      text text not null,
      text_hash text not null,
      embedding_context text,
      place jsonb,
      tokens integer not null,
      search tsvector,
      unique (document_id, generation, ordinal),
      foreign key (document_id, user_id) references documents (id, user_id) on delete cascade
    ) with (toast_tuple_target = 256)`.execute(db);
  await sql`
    alter table document_chunks
      alter column text set storage external, alter column embedding_context set storage external,
      alter column search set storage external, alter column text_hash set storage main,
      alter column user_id set storage main`.execute(db);
  await sql`create index document_chunks_by_hash on document_chunks (user_id, text_hash)`.execute(db);
  await indexWords(db, 'document_chunks');
}

/** The reader process extracts the words (`content/words`); PostgreSQL parses, sorts and finds them. */
async function indexWords(db: Kysely<unknown>, table: 'document_chunks' | 'documents'): Promise<void> {
  await sql`
    create index ${sql.ref(`${table}_by_word`)} on ${sql.table(table)} using gin (search)
      with (gin_pending_list_limit = 1024)`.execute(db);
}
