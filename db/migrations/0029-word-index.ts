import { type Kysely, sql } from 'kysely';

/**
 * Full text that an index answers, behind row-level security. `@@` is not leakproof: under a policy the planner compares
 * each of the user's rows. So two functions ask the index, as a role that may read words and ids; they take no user, and
 * return ids of the session's own user, which the caller reads under the policy again (docs/decisions/19).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createSearchRole(db);
  await keepWords(db, 'document_chunks');
  await keepWords(db, 'documents');
  await sql`drop function search_text(text)`.execute(db);
  await narrowChunks(db);
  await createMatch(db, 'matching_chunks', 'document_chunks', 'document_id');
  await createMatch(db, 'matching_documents', 'documents', 'id');
}

async function createSearchRole(db: Kysely<unknown>): Promise<void> {
  await sql`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'headwater_search') then
        create role headwater_search nologin;
      end if;
    exception when duplicate_object or unique_violation then null; end $$`.execute(db);
  await sql`
    do $$ begin
      execute format('grant headwater_search to %I', current_user);
    exception when insufficient_privilege then
      if not pg_has_role('headwater_search', 'member') then raise; end if;
    end $$`.execute(db);
  await sql`grant usage on schema public to headwater_search`.execute(db);
}

/**
 * The reader's process makes the words; PostgreSQL parses and sorts them. What is there already gets the user's tag and the
 * marks that `content/words` writes, from the words it has.
 */
async function keepWords(db: Kysely<unknown>, table: 'document_chunks' | 'documents'): Promise<void> {
  const name = sql.table(table);
  // Forced row-level security hides all rows from the owner too, and this concerns every row.
  await sql`alter table ${name} no force row level security`.execute(db);
  await sql`alter table ${name} rename column search to search_before`.execute(db);
  await sql`alter table ${name} add column search tsvector`.execute(db);
  await sql`
    update ${name} set search = (
      select string_agg(quote_literal(left(encode(sha256(convert_to(user_id, 'UTF8')), 'hex'), 5) || mark || lexeme)
        || case mark when '.' then ':' || array_to_string(positions, ',') else '' end, ' ')
      from unnest(search_before), unnest(array['.', '+', '#']) as mark
      where mark = '.' or (mark = '+' and cardinality(positions) > 1) or cardinality(positions) > 3)::tsvector`.execute(
    db,
  );
  await sql`alter table ${name} drop column search_before`.execute(db);
  await sql`alter table ${name} force row level security`.execute(db);
  await sql`
    create index ${sql.ref(`${table}_by_word`)} on ${name} using gin (search)
    with (gin_pending_list_limit = 1024)`.execute(db);
}

/** Texts and words lie beside the table, not compressed: a look at a thousand rows reads a few pages and unpacks nothing. */
async function narrowChunks(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table document_chunks
      alter column text set storage external, alter column embedding_context set storage external,
      alter column search set storage external, alter column text_hash set storage main,
      alter column user_id set storage main`.execute(db);
  await sql`alter table document_chunks set (toast_tuple_target = 256)`.execute(db);
}

/**
 * Creates `<name>(query, among, most)`: rows of the session's user that match, up to `most`, among these documents (null:
 * any). The settings leave the planner nothing but the index; a table in `pg_temp` is looked up last, so that nobody
 * puts another in the place of ours.
 */
async function createMatch(
  db: Kysely<unknown>,
  name: string,
  table: 'document_chunks' | 'documents',
  document: string,
): Promise<void> {
  await sql`
    create policy search_lookup on ${sql.table(table)} for select to headwater_search using (true)`.execute(db);
  await sql`
    grant select (id, user_id, search) on ${sql.table(table)} to headwater_search`.execute(db);
  if (document !== 'id')
    await sql`grant select (${sql.ref(document)}) on ${sql.table(table)} to headwater_search`.execute(db);
  await sql`
    create function ${sql.ref(name)}(query tsquery, among uuid[], most integer) returns setof uuid
      language plpgsql stable security definer rows 500
      set search_path = pg_catalog, public, pg_temp
      set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set jit = off as $$
    begin
      return query select t.id from ${sql.table(table)} t
        where t.search @@ query and (t.user_id = current_setting('app.user_id', true)) is true
          and (among is null or t.${sql.ref(document)} in (select unnest(among)))
        limit most;
    end $$`.execute(db);
  const signature = sql`${sql.ref(name)}(tsquery, uuid[], integer)`;
  // Handing a function over needs the right to create in the schema, for that one moment.
  await sql`grant create on schema public to headwater_search`.execute(db);
  await sql`alter function ${signature} owner to headwater_search`.execute(db);
  await sql`revoke create on schema public from headwater_search`.execute(db);
  await sql`revoke all on function ${signature} from public`.execute(db);
  await sql`grant execute on function ${signature} to headwater_app`.execute(db);
}
