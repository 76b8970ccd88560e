/** Fills a database with generated tenants for `npm run search-speed`. */

import { createHash, randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Embedder } from '../../content/embeddings/embedder.ts';
import { encodeVectors } from '../../content/vectors/pgvector-encoding.ts';
import { wordsOf } from '../../content/words/words.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { userTag } from '../../db/documents/word-index.ts';
import type { DocumentFilter } from '../../domain/documents.ts';
import { toVector } from '../../domain/search.ts';
import { randomFrom } from './soak/random.ts';

export const chunksPerDocument = 6;
const wordsPerChunk = 240;
export const documentsPerStatement = 100;
const textsPerCall = 64;

const random = randomFrom(1);
/** Few words are frequent and most are rare, as in language: the n-th is n times as rare as the first. */
const vocabularySize = 100_000;
const spell = (rank: number): string =>
  `${(rank + 700).toString(26).replaceAll(/[0-9]/g, (d) => 'qrstuvwxyz'[Number(d)] ?? '')}o`;
/** The most frequent words are stop words, as in language. */
const sayNothing =
  'the of and to in a is that for it as was with be by on not he i this are or his from at which but have an they'.split(
    ' ',
  );
const wordAt = (u: number): string => {
  const rank = Math.floor(vocabularySize ** u);
  return sayNothing[rank - 1] ?? spell(rank);
};
export const words = (count: number): string => Array.from({ length: count }, () => wordAt(random())).join(' ');
/** Words that occur in one of ten or more chunks. */
export const commonWords = (count: number): string =>
  Array.from({ length: count }, () => spell(sayNothing.length + 1 + Math.floor(random() * 150))).join(' ');

/** Inserts documents of two sources, some in a project, some with a tag, from the last four years. */
export async function fillTenant(db: Kysely<Database>, user: string, documents: number): Promise<void> {
  const names = await createNames(db, user);
  for (let at = 0; at < documents; at += documentsPerStatement) {
    const rows = Array.from({ length: Math.min(documentsPerStatement, documents - at) }, () => aDocument(user));
    await insert(db, user, names, rows);
  }
}

/** What a search can be narrowed down to, with the share of the documents that remain. */
export async function filtersOf(db: Kysely<Database>, user: string): Promise<Record<string, DocumentFilter>> {
  const { notion, project, tag } = await readNames(db, user);
  return {
    'one source (a fifth)': { dataSourceIds: [notion] },
    'a project (1 in 20)': { projectIds: [project] },
    'a tag (3 in 10)': { tagIds: [tag] },
    'a year': { modifiedAfter: new Date(Date.now() - 365 * 86_400_000).toISOString() },
    'a source, a tag and a month': {
      sourceTypes: ['notion'],
      tagIds: [tag],
      modifiedAfter: new Date(Date.now() - 30 * 86_400_000).toISOString(),
    },
  };
}

type Names = Readonly<Record<'drive' | 'notion' | 'project' | 'tag', string>>;

async function createNames(db: Kysely<Database>, user: string): Promise<Names> {
  await asUser(db, user, async (trx) => {
    await sql`
      insert into data_sources (user_id, name, source_type)
      select ${user}, name, type from (values ('Drive', 'google_drive'), ('Notion', 'notion')) as s(name, type)
      where not exists (select from data_sources)`.execute(trx);
    await sql`insert into projects (user_id, name) select ${user}, 'p' where not exists (select from projects)`.execute(
      trx,
    );
    await sql`insert into tags (user_id, name) select ${user}, 't' where not exists (select from tags)`.execute(trx);
  });
  return await readNames(db, user);
}

async function readNames(db: Kysely<Database>, user: string): Promise<Names> {
  return await asUser(db, user, async (trx) => {
    const { rows } = await sql<Names>`
      select (select id from data_sources where source_type = 'google_drive') as drive,
        (select id from data_sources where source_type = 'notion') as notion,
        (select id from projects) as project, (select id from tags) as tag`.execute(trx);
    const [names] = rows;
    if (names === undefined) throw new Error(`the tenant ${user} does not exist`);
    return names;
  });
}

function aDocument(user: string) {
  const tag = userTag(user);
  const title = words(3);
  const texts = Array.from({ length: chunksPerDocument }, () => words(wordsPerChunk));
  return {
    id: randomUUID(),
    generation: randomUUID(),
    title,
    titleWords: toVector(tag, wordsOf(title)),
    days: random() * 4 * 365,
    inNotion: random() < 0.2,
    inProject: random() < 0.05,
    hasTag: random() < 0.3,
    chunks: texts.map((text) => ({ text, hash: hashOf(text), words: toVector(tag, wordsOf(text)) })),
  };
}
type SampleDocument = ReturnType<typeof aDocument>;

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function insert(
  db: Kysely<Database>,
  user: string,
  names: Names,
  documents: readonly SampleDocument[],
): Promise<void> {
  const param = sql`json_to_recordset(${JSON.stringify(documents)}::json) as x(id uuid, generation uuid, title text,
    "titleWords" tsvector, days float8, "inNotion" boolean, "inProject" boolean, "hasTag" boolean, chunks json)`;
  await asUser(db, user, async (trx) => {
    await sql`
      insert into documents (id, user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version,
        live_generation, chunk_count, version, search, modified_at)
      select id, ${user}, case when "inNotion" then ${names.notion}::uuid else ${names.drive}::uuid end, id, 'file', title,
        '', 'bench', generation, ${chunksPerDocument}, 1, "titleWords", now() - make_interval(secs => days * 86400)
      from ${param}`.execute(trx);
    await sql`
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens, search)
      select ${user}, id, generation, place - 1, chunk ->> 'text', chunk ->> 'hash', 400, (chunk ->> 'words')::tsvector
      from ${param}, json_array_elements(chunks) with ordinality as c(chunk, place)`.execute(trx);
    await sql`
      insert into project_documents (user_id, project_id, document_id)
      select ${user}, ${names.project}, id from ${param} where "inProject"`.execute(trx);
    await sql`
      insert into document_tags (user_id, document_id, tag_id)
      select ${user}, id, ${names.tag} from ${param} where "hasTag"`.execute(trx);
  });
}

/**
 * Copies each of the tenant's documents, with the same words and other ids, hashes and dates, so that a million chunks
 * are written in minutes. The word index is built anew after it, which takes less time than adding to it.
 */
export async function copyDocuments(db: Kysely<Database>, user: string, copies: number): Promise<void> {
  const { rows } = await sql<{ index: string }>`
    select pg_get_indexdef('document_chunks_by_word'::regclass) as index`.execute(db);
  await sql`drop index document_chunks_by_word`.execute(db);
  await sql`create table originals as select id from documents where user_id = ${user}`.execute(db);
  for (let copy = 1; copy <= copies; copy++) await copyOnce(db, copy);
  await sql`drop table originals`.execute(db);
  await db.connection().execute(async (connection) => {
    await sql`set maintenance_work_mem = '1GB'`.execute(connection);
    await sql.raw(rows[0]?.index ?? '').execute(connection);
    await sql`reset maintenance_work_mem`.execute(connection);
  });
}

async function copyOnce(db: Kysely<Database>, copy: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // Neither the change feed nor foreign keys matter here.
    await sql`set local session_replication_role = replica`.execute(trx);
    await sql`
      create temporary table copied on commit drop as
      select id as old, gen_random_uuid() as id, gen_random_uuid() as generation from originals`.execute(trx);
    await sql`
      insert into documents (id, user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version,
        live_generation, chunk_count, version, search, modified_at)
      select n.id, user_id, data_source_id, external_id || '_' || ${copy}::text, item_type, title, content_hash,
        pipeline_version, n.generation, chunk_count, version, search, now() - make_interval(days => (random() * 4 * 365)::integer)
      from copied n join documents d on d.id = n.old`.execute(trx);
    await sql`
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens, search)
      select user_id, n.id, n.generation, ordinal, text,
        encode(sha256((text_hash || ${copy}::text)::bytea), 'hex'), tokens, search
      from copied n join document_chunks c on c.document_id = n.old`.execute(trx);
    await sql`
      insert into project_documents (user_id, project_id, document_id)
      select user_id, project_id, n.id from copied n join project_documents p on p.document_id = n.old`.execute(trx);
    await sql`
      insert into document_tags (user_id, document_id, tag_id)
      select user_id, n.id, tag_id from copied n join document_tags t on t.document_id = n.old`.execute(trx);
  });
}

/**
 * Embeds the first chunk of each document that is no copy; the vectors of the other chunks are near it (a cosine of
 * about 0.8), as within one topic.
 */
export async function embedTenant(db: Kysely<Database>, user: string, embedder: Embedder): Promise<void> {
  await sql`create table topics (name text primary key, vector vector)`.execute(db);
  const { rows } = await sql<{ name: string; text: string }>`
    select d.external_id as name, c.text from documents d join document_chunks c on c.document_id = d.id and ordinal = 0
    where d.user_id = ${user} and position('_' in d.external_id) = 0`.execute(db);
  for (let at = 0; at < rows.length; at += textsPerCall) {
    const some = rows.slice(at, at + textsPerCall);
    const texts = some.map(({ text }) => text);
    const vectors = await embedder.embed(texts, 'passage', AbortSignal.timeout(60_000));
    await sql`
      insert into topics select * from unnest(${some.map(({ name }) => name)}::text[],
        ${encodeVectors(vectors.map((vector) => vector ?? new Float32Array()))}::vector[])`.execute(db);
  }
  const { model, dimensions } = embedder;
  await sql`
    insert into embeddings (user_id, store, model, dimensions, text_hash, vector, stored_at)
    select ${user}, 'pgvector', ${model}, ${dimensions}::integer, c.text_hash, l2_normalize(t.vector + noise.vector), now()
    from document_chunks c join documents d on d.id = c.document_id
      join topics t on t.name = split_part(d.external_id, '_', 1)
      cross join lateral (select array_agg((random() - 0.5) * ${0.75 / Math.sqrt(dimensions / 12)}::float8)::real[]::vector as vector
        from generate_series(1, ${dimensions}::integer) where c.ordinal >= 0) noise
    where c.user_id = ${user}`.execute(db);
  await sql`drop table topics`.execute(db);
}
