import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * A vector belongs to a text (by hash), a user, a model and a store. A row in `embeddings` that has not been stored is
 * a claim: a worker is embedding the text. A vector may be stored outside Postgres, and a user's vectors may be moved
 * to another store or model while search continues: `vector_spaces` says which store and model answer for a user, and
 * which are being built or dropped.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table embeddings (
      user_id text not null,
      store text not null,
      model text not null,
      dimensions integer not null,
      text_hash text not null,
      vector vector,
      stored_at timestamptz,
      unconfirmed_since bigint,
      labels text[],
      cut_tokens integer,
      claimed_by uuid,
      claimed_until timestamptz,
      created_at timestamptz not null default now(),
      primary key (user_id, store, model, dimensions, text_hash)
    )`.execute(db);
  // A row is added in the transaction that deletes chunks, and removed once the vector index has applied the change, so
  // a killed process loses nothing.
  await sql`
    create table vector_deletions (
      user_id text not null,
      text_hash text not null,
      created_at timestamptz not null default now(),
      primary key (user_id, text_hash)
    )`.execute(db);
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
  for (const state of ['live', 'building']) {
    await sql`
      create unique index ${sql.ref(`vector_spaces_one_${state}`)} on vector_spaces (user_id)
        where state = ${sql.lit(state)}`.execute(db);
  }
  await allowOwnRows(db, ['embeddings', 'vector_deletions', 'vector_spaces']);
}
