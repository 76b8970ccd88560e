import { type Kysely, sql } from 'kysely';

/** People search by the name of a file as well; a name's words weigh more (A) than words of the text (D). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table documents add column search tsvector generated always as
      (setweight(to_tsvector('english', regexp_replace(title, '[._-]+', ' ', 'g')), 'A')) stored`.execute(db);
  await sql`create index documents_search on documents using gin (search)`.execute(db);
}
