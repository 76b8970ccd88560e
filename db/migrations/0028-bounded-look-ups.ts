import { type Kysely, sql } from 'kysely';
import { joinRole, runAs } from './row-security.ts';

/** Number of rows that a look-up among named documents reads at most for each one that it may return. */
const readPerRow = 8;

/**
 * A look-up among named documents read a common word's list until it had found enough of them, which could be all of a
 * large tenant's chunks. Now it reads a limited number of rows. And documents of a time are found by an index.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await replaceMatch(db, 'matching_chunks', 'document_chunks', 'document_id');
  await replaceMatch(db, 'matching_documents', 'documents', 'id');
  await sql`create index documents_by_user_and_time on documents (user_id, modified_at)`.execute(db);
}

/** Creates a function of 0010 again, with the same signature, owner and settings. */
async function replaceMatch(
  db: Kysely<unknown>,
  name: string,
  table: 'document_chunks' | 'documents',
  document: string,
): Promise<void> {
  // Only a member of the role that owns a function may drop it.
  await joinRole(db, 'headwater_search');
  await sql`drop function ${sql.ref(name)}(tsquery, uuid[], integer)`.execute(db);
  await sql`
    create function ${sql.ref(name)}(query tsquery, among uuid[], most integer) returns setof uuid
      language plpgsql stable security definer rows 500
      set search_path = pg_catalog, pg_temp
      set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set jit = off as $$
    begin
      return query select read.id from (
        select t.id, t.${sql.ref(document)} as document from public.${sql.table(table)} t
        where t.search @@ query and (t.user_id = current_setting('app.user_id', true)) is true
        limit case when among is null then most else most * ${sql.lit(readPerRow)} end
      ) read
      where among is null or read.document in (select unnest(among))
      limit most;
    end $$`.execute(db);
  await runAs(db, 'headwater_search', `${name}(tsquery, uuid[], integer)`);
}
