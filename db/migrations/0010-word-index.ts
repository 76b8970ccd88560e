import { type Kysely, sql } from 'kysely';
import { runAs } from './row-security.ts';

/**
 * Full-text search that uses an index despite row-level security. `@@` is not leakproof, so under a policy the planner
 * compares each of the user's rows. Therefore two functions query the index as a role that may read words and ids. They
 * take no user, and return ids of the session's own user, which the caller reads under the policy again
 * (docs/decisions/19).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createMatch(db, 'matching_chunks', 'document_chunks', 'document_id');
  await createMatch(db, 'matching_documents', 'documents', 'id');
}

/**
 * Creates `<name>(query, among, most)`: it returns up to `most` matching rows of the session's user among these
 * documents (null for any). The settings leave the planner only the index. The table is named with its schema, and the
 * search path contains no schema in which users can create, so that nobody can replace it.
 */
async function createMatch(
  db: Kysely<unknown>,
  name: string,
  table: 'document_chunks' | 'documents',
  document: string,
): Promise<void> {
  const columns = [...new Set(['id', document, 'user_id', 'search'])].map((column) => sql.ref(column));
  await sql`
    create policy search_lookup on ${sql.table(table)} for select to headwater_search using (true)`.execute(db);
  await sql`
    grant select (${sql.join(columns)}) on ${sql.table(table)} to headwater_search`.execute(db);
  await sql`
    create function ${sql.ref(name)}(query tsquery, among uuid[], most integer) returns setof uuid
      language plpgsql stable security definer rows 500
      set search_path = pg_catalog, pg_temp
      set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set jit = off as $$
    begin
      return query select t.id from public.${sql.table(table)} t
        where t.search @@ query and (t.user_id = current_setting('app.user_id', true)) is true
          and (among is null or t.${sql.ref(document)} in (select unnest(among)))
        limit most;
    end $$`.execute(db);
  await runAs(db, 'headwater_search', `${name}(tsquery, uuid[], integer)`);
}
