/** `npm run search-speed`: measures the searches of one large and one small tenant, alone and while a sync writes. */

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { sql } from 'kysely';
import { search } from '../../content/search/search.ts';
import { toSearchTerms, toTerms } from '../../content/search/terms.ts';
import { createLexicalEmbedder } from '../../content/embeddings/lexical.ts';
import { createVectorSpaces } from '../../content/vectors/vector-spaces.ts';
import { maintainAnnIndex } from '../../content/vectors/pgvector-ann.ts';
import { wordsOf } from '../../content/words/words.ts';
import { asUser } from '../../db/access/as-user.ts';
import { openDatabase } from '../../db/access/database.ts';
import { findByWords } from '../../db/documents/full-text.ts';
import { userTag } from '../../db/documents/word-index.ts';
import { toVector } from '../../domain/search.ts';
import type { DocumentFilter } from '../../domain/documents.ts';
import { openBenchDatabase } from './relevance/database.ts';
import { percentile } from './relevance/measures.ts';
import { randomFrom } from './soak/random.ts';

const program = new Command('npm run search-speed --')
  .description('Searches generated documents of one large and one small tenant on a real PostgreSQL.')
  .option('--documents <n>', 'documents of the large tenant, with six chunks each', Number, 20_000)
  .option('--copies <n>', 'copies of each document, to grow a tenant quickly', Number, 1)
  .option('--searches <n>', 'searches of each kind', Number, 100)
  .option('--vectors', 'also test vectors of the local embedder, and complete searches')
  .parse();
const options = program.opts<{ documents: number; copies: number; searches: number; vectors?: true }>();

const [large, small] = ['large tenant', 'small tenant'] as const;
const chunksPerDocument = 6;
const wordsPerChunk = 240;
const smallDocuments = 200;
const documentsPerStatement = 100;
const never = new AbortController().signal;

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
const words = (count: number): string => Array.from({ length: count }, () => wordAt(random())).join(' ');
/** Words that occur in one of ten or more chunks. */
const commonWords = (count: number): string =>
  Array.from({ length: count }, () => spell(sayNothing.length + 1 + Math.floor(random() * 150))).join(' ');

await using database = await openBenchDatabase('speed');
const { db } = database;
await using asking = openDatabase(database.url, 1);
const embedder = createLexicalEmbedder();
const { model, dimensions } = embedder;
const vectors = createVectorSpaces(db, { store: 'pgvector', model, dimensions }, null);

const began = performance.now();
const filters = await fill(large, options.documents, options.copies);
await fill(small, smallDocuments, 1);
await sql`vacuum analyze`.execute(db);
const written = options.documents * options.copies * chunksPerDocument;
console.log(`\n${written} chunks, written in ${((performance.now() - began) / 1000).toFixed(0)} s\n`);

console.log('| what | p50 | p95 | CPU p50 | CPU p95 |\n|---|---|---|---|---|');
for (const count of [1, 2, 4, 10, 20]) await measure(`${count} words`, () => words(count));
await measure('4 common words', () => commonWords(4));
await measure('10 common words', () => commonWords(10));
for (const [name, filter] of Object.entries(filters)) await measure(`4 words, ${name}`, () => words(4), filter);
await measure('4 common words, a year', () => commonWords(4), filters['a year']);
await measure('4 words, small tenant', () => words(4), undefined, small);
await measure('20 words, small tenant', () => words(20), undefined, small);
await whileWriting(async () => {
  await measure('4 words, while a sync writes', () => words(4));
  await measure('20 words, while a sync writes', () => words(20));
  await measure('4 words, small tenant, while a sync writes', () => words(4), undefined, small);
});
if (options.vectors) await measureWhole();

async function measure(
  name: string,
  question: () => string,
  filter?: DocumentFilter,
  user: string = large,
): Promise<void> {
  await timed(name, async () => {
    const terms = toSearchTerms(toTerms(question()));
    await asUser(asking, user, (trx) => findByWords(trx, user, terms, 50, filter));
  });
}

async function measureWhole(): Promise<void> {
  await maintainAnnIndex(db, large, vectors.configured);
  const deps = { db, embedderOf: () => embedder, vectors, reranker: null };
  for (const user of [large, small]) {
    await timed(`whole search, 4 words, ${user}`, async () => {
      await search(deps, user, { query: words(4), limit: 10 }, never);
    });
  }
}

async function timed(name: string, work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 5; i++) await work();
  const backend = (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(asking)).rows[0]?.pid ?? 0;
  const times: number[] = [];
  const used: number[] = [];
  for (let i = 0; i < options.searches; i++) {
    const [started, cpu] = [performance.now(), cpuMs(backend)];
    await work();
    times.push(performance.now() - started);
    used.push(cpuMs(backend) - cpu);
  }
  const columns = [times, used].flatMap((values) =>
    [0.5, 0.95].map((share) => `${percentile(values, share).toFixed(0)} ms`),
  );
  console.log(`| ${name} | ${columns.join(' | ')} |`);
}

/** CPU time of the connection in PostgreSQL, which is more accurate than elapsed time on a busy machine. */
function cpuMs(backend: number): number {
  try {
    return Number(readFileSync(`/proc/${backend}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}

/** Simulates another tenant's first sync, as fast as one connection writes. */
async function whileWriting(work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const writing = (async () => {
    while (!stop.signal.aborted) await fill('syncing tenant', documentsPerStatement, 1);
  })();
  await work();
  stop.abort();
  await writing;
}

/** Documents of two sources, some in a project, some with a tag, from the last four years. */
async function fill(user: string, documents: number, copies: number): Promise<Record<string, DocumentFilter>> {
  const ids = { drive: randomUUID(), notion: randomUUID(), project: randomUUID(), tag: randomUUID() };
  await asUser(db, user, async (trx) => {
    await sql`
      insert into data_sources (id, user_id, name, source_type)
      values (${ids.drive}, ${user}, 'Drive', 'google_drive'), (${ids.notion}, ${user}, 'Notion', 'notion')`.execute(
      trx,
    );
    await sql`insert into projects (id, user_id, name) values (${ids.project}, ${user}, ${ids.project})`.execute(trx);
    await sql`insert into tags (id, user_id, name) values (${ids.tag}, ${user}, ${ids.tag})`.execute(trx);
  });
  for (let at = 0; at < documents; at += documentsPerStatement) {
    const rows = Array.from({ length: Math.min(documentsPerStatement, documents - at) }, () => aDocument(user));
    if (options.vectors && copies === 1) await embed(user, rows);
    for (let copy = 0; copy < copies; copy++) await insert(user, ids, copy === 0 ? rows : rows.map(again));
  }
  return {
    'one source (a fifth)': { dataSourceIds: [ids.notion] },
    'a project (1 in 20)': { projectIds: [ids.project] },
    'a tag (3 in 10)': { tagIds: [ids.tag] },
    'a year': { modifiedAfter: new Date(Date.now() - 365 * 86_400_000).toISOString() },
    'a source, a tag and a month': {
      sourceTypes: ['notion'],
      tagIds: [ids.tag],
      modifiedAfter: new Date(Date.now() - 30 * 86_400_000).toISOString(),
    },
  };
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

function again(document: SampleDocument): SampleDocument {
  const id = randomUUID();
  const chunks = document.chunks.map((chunk, i) => ({ ...chunk, hash: hashOf(`${id}${i}`) }));
  return { ...document, id, chunks, days: random() * 4 * 365 };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function embed(user: string, documents: readonly SampleDocument[]): Promise<void> {
  const all = documents.flatMap((document) => document.chunks);
  const made = await embedder.embed(
    all.map(({ text }) => text),
    'passage',
    never,
  );
  const records = all.flatMap(({ hash }, i) => {
    const vector = made[i];
    return vector === undefined || vector === null ? [] : [{ textHash: hash, vector }];
  });
  await vectors.indexOf(vectors.configured).upsert(user, records, never);
}

async function insert(
  user: string,
  ids: Readonly<Record<'drive' | 'notion' | 'project' | 'tag', string>>,
  documents: readonly SampleDocument[],
): Promise<void> {
  const param = sql`json_to_recordset(${JSON.stringify(documents)}::json) as x(id uuid, generation uuid, title text,
    "titleWords" tsvector, days float8, "inNotion" boolean, "inProject" boolean, "hasTag" boolean, chunks json)`;
  await asUser(db, user, async (trx) => {
    await sql`
      insert into documents (id, user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version,
        live_generation, chunk_count, version, search, modified_at)
      select id, ${user}, case when "inNotion" then ${ids.notion}::uuid else ${ids.drive}::uuid end, id, 'file', title, '',
        'bench', generation, ${chunksPerDocument}, 1, "titleWords", now() - make_interval(secs => days * 86400)
      from ${param}`.execute(trx);
    await sql`
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens, search)
      select ${user}, id, generation, place - 1, chunk ->> 'text', chunk ->> 'hash', 400, (chunk ->> 'words')::tsvector
      from ${param}, json_array_elements(chunks) with ordinality as c(chunk, place)`.execute(trx);
    await sql`
      insert into project_documents (user_id, project_id, document_id)
      select ${user}, ${ids.project}, id from ${param} where "inProject"`.execute(trx);
    await sql`
      insert into document_tags (user_id, document_id, tag_id)
      select ${user}, id, ${ids.tag} from ${param} where "hasTag"`.execute(trx);
  });
}
