import { type Kysely, sql } from 'kysely';

/**
 * A row of these tables is found by its own key, and its user is named besides. For a user or a source that is not in the
 * statistics yet, while others are, or while its table was empty when PostgreSQL looked, any index that has one of the
 * named columns looked as good as the key, and all of the user's or the source's rows were read for each one: with 4,000
 * files a rule took 11 s, and a deletion 11 s to count (docs/decisions/40-plans-for-new-sources.md). Now each other index
 * serves only statements whose conditions imply its own. The index by the time of an update served none.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index documents_by_user`.execute(db);
  await sql`drop index documents_by_user_and_id`.execute(db);
  await sql`
    create index documents_by_user_and_id on documents (user_id, id)
      where id >= '00000000-0000-0000-0000-000000000000'`.execute(db);
  await sql`drop index job_items_by_page`.execute(db);
  await sql`create index job_items_by_page on job_items (page, job_id, external_id) where page is not null`.execute(db);
  await sql`drop index uploaded_contents_by_user`.execute(db);
  await sql`create index uploaded_contents_by_user on uploaded_contents (user_id) where size >= 0`.execute(db);
  await sql`drop index uploaded_files_by_user`.execute(db);
  await sql`create index uploaded_files_by_user on uploaded_files (user_id) where path >= ''`.execute(db);
  for (const table of ['sync_items', 'source_containers']) {
    const index = sql.ref(`${table}_by_parent`);
    await sql`drop index ${index}`.execute(db);
    await sql`
      create index ${index} on ${sql.table(table)} (parent_external_id, user_id)
        where parent_external_id is not null`.execute(db);
  }
}
