import { type Kysely, sql } from 'kysely';

/**
 * A document's text is kept once, in its chunks: their texts in order, joined, are the document. `live_generation` names
 * the set of chunks that answers; a new set is written beside it and one update switches over.
 * A vector belongs to a text (by hash), a user and a model. A row without a vector is a claim: somebody is embedding it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table documents (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid references data_sources (id) on delete cascade,
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
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (data_source_id, external_id)
    )`.execute(db);
  await sql`create index documents_by_user on documents (user_id, updated_at desc, id desc)`.execute(db);
  await sql`
    create table document_chunks (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      document_id uuid not null references documents (id) on delete cascade,
      generation uuid not null,
      ordinal integer not null,
      text text not null,
      text_hash text not null,
      tokens integer not null,
      search tsvector generated always as (to_tsvector('english', text)) stored,
      unique (document_id, generation, ordinal)
    )`.execute(db);
  await sql`create index document_chunks_by_hash on document_chunks (user_id, text_hash)`.execute(db);
  await sql`create index document_chunks_search on document_chunks using gin (search)`.execute(db);
  await sql`
    create table embeddings (
      user_id text not null,
      model text not null,
      dimensions integer not null,
      text_hash text not null,
      vector vector,
      claimed_by uuid,
      claimed_until timestamptz,
      created_at timestamptz not null default now(),
      primary key (user_id, model, dimensions, text_hash)
    )`.execute(db);
  // Filled in the transaction that deletes chunks, emptied once the vector index has followed: a kill in between loses nothing.
  await sql`
    create table vector_deletions (
      user_id text not null,
      text_hash text not null,
      created_at timestamptz not null default now(),
      primary key (user_id, text_hash)
    )`.execute(db);
}
