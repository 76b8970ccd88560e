import { type Kysely, sql } from 'kysely';

/**
 * `transformations_hash` names the transformations that an item last went through ('' for none): where it differs from
 * what applies now, the item is stale. The text as it was read is kept where the chunks no longer say it, so that other
 * transformations need not ask the vendor; never where something in it was redacted.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sync_items add column transformations_hash text not null default ''`.execute(db);
  await sql`create index sync_items_by_transformations on sync_items (data_source_id, transformations_hash)`.execute(
    db,
  );
  await sql`alter table job_items add column transformations_hash text`.execute(db);
  await sql`
    alter table documents add column original text not null default 'chunks'
      check (original in ('chunks', 'beside', 'nowhere'))`.execute(db);
  await sql`
    create table original_texts (
      document_id uuid primary key references documents (id) on delete cascade,
      user_id text not null,
      text text not null,
      metadata jsonb not null
    )`.execute(db);
  await sql`alter table original_texts enable row level security`.execute(db);
  await sql`alter table original_texts force row level security`.execute(db);
  await sql`
    create policy own_rows on original_texts to headwater_app
      using (user_id = current_setting('app.user_id', true))
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select, insert, update, delete on original_texts to headwater_app`.execute(db);
  await widen(db, 'sync_jobs', 'mode', ['full', 'feed', 'window', 'manual', 'reprocess']);
  await widen(db, 'job_pages', 'kind', ['listing', 'container', 'retry', 'manual', 'stale', 'sweep']);
  await widen(db, 'job_items', 'action', ['create', 'update', 'touch', 'delete', 'skip', 'retry', 'keep', 'reprocess']);
}

/** Lets a column hold one value more. */
async function widen(db: Kysely<unknown>, table: string, column: string, values: readonly string[]): Promise<void> {
  const name = `${table}_${column}_check`;
  const list = sql.join(values.map((value) => sql.lit(value)));
  await sql`alter table ${sql.table(table)} drop constraint ${sql.ref(name)}`.execute(db);
  await sql`
    alter table ${sql.table(table)} add constraint ${sql.ref(name)}
      check (${sql.ref(column)} in (${list}))`.execute(db);
}
