import { type Kysely, sql } from 'kysely';

const tables = [
  'data_sources',
  'oauth_states',
  'sync_jobs',
  'sync_items',
  'source_containers',
  'job_pages',
  'job_containers',
  'job_items',
  'documents',
  'document_chunks',
  'embeddings',
  'vector_deletions',
  'etl_transformations',
  'scheduled_syncs',
  'projects',
  'project_documents',
  'tags',
  'document_tags',
];

/**
 * P6: forced, so that even the tables' owner sees nothing without naming a user. The look-ups outside a user's scope
 * answer one user id each, through a role whose only right is to read the two columns that takes.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of tables) {
    await sql`alter table ${sql.table(table)} enable row level security`.execute(db);
    await sql`alter table ${sql.table(table)} force row level security`.execute(db);
    await sql`
      create policy own_rows on ${sql.table(table)} to headwater_app
        using (user_id = current_setting('app.user_id', true))
        with check (user_id = current_setting('app.user_id', true))`.execute(db);
    await sql`grant select, insert, update, delete on ${sql.table(table)} to headwater_app`.execute(db);
  }
  await createOwnerLookup(db, 'data_sources', 'id', 'uuid');
  await createOwnerLookup(db, 'sync_jobs', 'id', 'uuid');
  await createOwnerLookup(db, 'oauth_states', 'state_hash', 'text');
}

/** Creates `owner_of_<table>(key)`, which returns the row's user id or null and nothing else. */
async function createOwnerLookup(
  db: Kysely<unknown>,
  table: string,
  key: string,
  type: 'uuid' | 'text',
): Promise<void> {
  const name = sql.ref(`owner_of_${table}`);
  await sql`
    create policy owner_lookup on ${sql.table(table)} for select to headwater_lookup using (true)`.execute(db);
  await sql`grant select (${sql.ref(key)}, user_id) on ${sql.table(table)} to headwater_lookup`.execute(db);
  await sql`
    create function ${name}(key ${sql.raw(type)}) returns text language sql stable security definer
      set search_path = public as
      ${sql.lit(`select user_id from ${table} where ${table}.${key} = $1`)}`.execute(db);
  // Handing a function over needs the right to create in the schema, for that one moment.
  await sql`grant create on schema public to headwater_lookup`.execute(db);
  await sql`alter function ${name}(${sql.raw(type)}) owner to headwater_lookup`.execute(db);
  await sql`revoke create on schema public from headwater_lookup`.execute(db);
  await sql`revoke all on function ${name}(${sql.raw(type)}) from public`.execute(db);
  await sql`grant execute on function ${name}(${sql.raw(type)}) to headwater_app`.execute(db);
}
