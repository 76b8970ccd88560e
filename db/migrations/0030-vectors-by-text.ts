import { type Kysely, sql } from 'kysely';

/**
 * Vectors are looked up by the hashes of their texts, thousands at a time. In the key, a user's store, model and dimensions,
 * which all of them share, came before the hash, and comparing them was half of what a look-up costs. The table is locked
 * from the start: a worker that holds a row and wants another lock would wait for the index, and the index's key for it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`lock table embeddings in access exclusive mode`.execute(db);
  await sql`
    create unique index embeddings_by_text on embeddings (user_id, text_hash, store, model, dimensions)`.execute(db);
  await sql`
    alter table embeddings drop constraint embeddings_pkey,
      add constraint embeddings_pkey primary key using index embeddings_by_text`.execute(db);
}
