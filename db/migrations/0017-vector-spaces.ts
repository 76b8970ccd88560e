import { type Kysely, sql } from 'kysely';

/**
 * A vector may be kept outside of Postgres, and a user's vectors may be moved to another store or model while search
 * goes on. The row of a text in `embeddings` says of each store whether it has the vector; `vector_spaces` says which
 * store and model answer for a user, and which are being built or dropped.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Forced row-level security hides all rows from the owner too, and this concerns every row.
  await sql`alter table embeddings no force row level security`.execute(db);
  await sql`
    alter table embeddings add column store text not null default 'pgvector', add column stored_at timestamptz,
      add column unconfirmed_since bigint, add column labels text[]`.execute(db);
  await sql`update embeddings set stored_at = created_at where vector is not null`.execute(db);
  await sql`alter table embeddings alter column store drop default`.execute(db);
  await sql`alter table embeddings drop constraint embeddings_pkey`.execute(db);
  await sql`alter table embeddings add primary key (user_id, store, model, dimensions, text_hash)`.execute(db);
  await sql`
    create table vector_spaces (
      user_id text not null,
      store text not null,
      model text not null,
      dimensions integer not null,
      state text not null check (state in ('live', 'building', 'dropping')),
      created_at timestamptz not null default now(),
      primary key (user_id, store, model, dimensions)
    )`.execute(db);
  await sql`
    create unique index vector_spaces_one_live on vector_spaces (user_id) where state = 'live'`.execute(db);
  await sql`
    create unique index vector_spaces_one_building on vector_spaces (user_id) where state = 'building'`.execute(db);
  // Of several models of the past, the one used last answers; the others' vectors were never looked at again.
  await sql`
    insert into vector_spaces (user_id, store, model, dimensions, state)
    select distinct on (user_id) user_id, store, model, dimensions, 'live' from embeddings
    order by user_id, created_at desc`.execute(db);
  await sql`
    insert into vector_spaces (user_id, store, model, dimensions, state)
    select distinct user_id, store, model, dimensions, 'dropping' from embeddings
    on conflict do nothing`.execute(db);
  await sql`alter table embeddings force row level security`.execute(db);
  await protect(db);
  // What stood before the text when it was embedded: with it another model can embed the same without the source.
  await sql`alter table document_chunks add column embedding_context text`.execute(db);
}

/** Like every table of users' rows; and whose vectors there are can be asked over all users, ids and nothing else. */
async function protect(db: Kysely<unknown>): Promise<void> {
  await sql`alter table vector_spaces enable row level security`.execute(db);
  await sql`alter table vector_spaces force row level security`.execute(db);
  await sql`
    create policy own_rows on vector_spaces to headwater_app
      using (user_id = current_setting('app.user_id', true))
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select, insert, update, delete on vector_spaces to headwater_app`.execute(db);
  await sql`create policy owner_lookup on vector_spaces for select to headwater_lookup using (true)`.execute(db);
  await sql`grant select (user_id) on vector_spaces to headwater_lookup`.execute(db);
  await sql`
    create function users_with_vectors(after text, most integer) returns setof text language sql stable
      security definer set search_path = public as $$
      select distinct user_id from vector_spaces where user_id > after order by user_id limit most $$`.execute(db);
  await sql`grant create on schema public to headwater_lookup`.execute(db);
  await sql`alter function users_with_vectors(text, integer) owner to headwater_lookup`.execute(db);
  await sql`revoke create on schema public from headwater_lookup`.execute(db);
  await sql`revoke all on function users_with_vectors(text, integer) from public`.execute(db);
  await sql`grant execute on function users_with_vectors(text, integer) to headwater_app`.execute(db);
}
