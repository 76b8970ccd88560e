/** `npm run search-speed`: measures the searches of one large and one small tenant, alone and while a sync writes. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { sql } from 'kysely';
import { search } from '../../content/search/search.ts';
import { toSearchTerms, toTerms } from '../../content/search/terms.ts';
import { createSemanticEmbedder } from '../../content/embeddings/semantic/index.ts';
import { createVectorSpaces } from '../../content/vectors/vector-spaces.ts';
import { maintainAnnIndex } from '../../content/vectors/pgvector-ann.ts';
import { asUser } from '../../db/access/as-user.ts';
import { openDatabase } from '../../db/access/database.ts';
import { findByWords } from '../../db/documents/full-text.ts';
import type { DocumentFilter } from '../../domain/documents.ts';
import { openBenchDatabase } from './relevance/database.ts';
import { percentile } from './relevance/measures.ts';
import { commonWords, copyDocuments, embedTenant, fillTenant, filtersOf, words } from './search-tenants.ts';

const program = new Command('npm run search-speed --')
  .description('Searches generated documents of one large and one small tenant on a real PostgreSQL.')
  .option('--documents <n>', 'documents of the large tenant, with six chunks each', Number, 20_000)
  .option('--copies <n>', 'how often each document is there, to grow a tenant quickly', Number, 1)
  .option('--searches <n>', 'searches of each kind', Number, 100)
  .option('--vectors', 'complete searches, with vectors of the built-in model; without it, by words only')
  .option('--keep', 'keeps the database in DATABASE_URL, and uses that of an earlier run with the same options')
  .option('--only <part>', 'only the kinds of searches whose name contains this')
  .parse();
const options = program.opts<{
  documents: number;
  copies: number;
  searches: number;
  vectors?: true;
  keep?: true;
  only?: string;
}>();

/** A search by words and by vectors uses two at the same time. */
const connections = 2;
const [large, small] = ['large tenant', 'small tenant'] as const;
const smallDocuments = 200;
const never = new AbortController().signal;

const name = `speed_${options.documents}x${options.copies}${options.vectors ? '_vectors' : ''}`;
await using database = await openBenchDatabase(name, options.keep === true);
const { db } = database;
await using asking = openDatabase(database.url, connections);
const embedder = createSemanticEmbedder();
const { model, dimensions } = embedder;
const vectors = createVectorSpaces(asking, { store: 'pgvector', model, dimensions }, null);
const deps = { db: asking, embedderOf: () => embedder, vectors, reranker: null };

if (!database.isKept) await fill();
const filters = await filtersOf(db, large);

console.log(
  '| what | p50 | p95 | CPU of PostgreSQL p50 | p95 | CPU of the process p50 | p95 |\n|---|---|---|---|---|---|---|',
);
for (const count of [1, 2, 4, 10, 20]) await measure(`${count} words`, () => words(count));
for (const count of [4, 10, 20]) await measure(`${count} common words`, () => commonWords(count));
for (const [filter, chosen] of Object.entries(filters)) {
  await measure(`4 words, ${filter}`, () => words(4), chosen);
  await measure(`4 common words, ${filter}`, () => commonWords(4), chosen);
}
await measure('10 common words, a year', () => commonWords(10), filters['a year']);
await measure('4 words, small tenant', () => words(4), undefined, small);
await measure('20 words, small tenant', () => words(20), undefined, small);
await whileWriting(async () => {
  await measure('4 words, while a sync writes', () => words(4));
  await measure('20 words, while a sync writes', () => words(20));
  await measure('10 common words, while a sync writes', () => commonWords(10));
  await measure('4 words, small tenant, while a sync writes', () => words(4), undefined, small);
});

async function fill(): Promise<void> {
  const began = performance.now();
  await fillTenant(db, large, options.documents);
  if (options.copies > 1) await copyDocuments(db, large, options.copies - 1);
  await fillTenant(db, small, smallDocuments);
  if (options.vectors) for (const user of [large, small]) await embedTenant(db, user, embedder);
  await sql`vacuum analyze`.execute(db);
  if (options.vectors) await maintainAnnIndex(db, large, vectors.configured);
  console.log(`Written in ${((performance.now() - began) / 1000).toFixed(0)} s.\n`);
}

async function measure(
  what: string,
  question: () => string,
  filter?: DocumentFilter,
  user: string = large,
): Promise<void> {
  if (!what.includes(options.only ?? '')) return;
  await timed(what, async () => {
    const query = question();
    if (options.vectors) await search(deps, user, { query, limit: 10, filter }, never);
    else await asUser(asking, user, (trx) => findByWords(trx, user, toSearchTerms(toTerms(query)), 50, filter));
  });
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 5; i++) await work();
  const backends = await findBackends();
  const times: number[] = [];
  const used: number[] = [];
  const own: number[] = [];
  for (let i = 0; i < options.searches; i++) {
    const [started, cpu, before] = [performance.now(), cpuMs(backends), process.cpuUsage()];
    await work();
    times.push(performance.now() - started);
    used.push(cpuMs(backends) - cpu);
    const { user, system } = process.cpuUsage(before);
    own.push((user + system) / 1000);
  }
  const columns = [times, used, own].flatMap((values) =>
    [0.5, 0.95].map((share) => `${percentile(values, share).toFixed(0)} ms`),
  );
  console.log(`| ${what} | ${columns.join(' | ')} |`);
}

/** The processes of PostgreSQL that answer the searches. They are asked at the same time, so each connection is used. */
async function findBackends(): Promise<number[]> {
  const ask = async () => await sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.05)`.execute(asking);
  const answers = await Promise.all(Array.from({ length: connections }, ask));
  return answers.flatMap(({ rows }) => rows.map(({ pid }) => pid));
}

/** CPU time of the connections in PostgreSQL, which is more accurate than elapsed time on a busy machine. */
function cpuMs(backends: readonly number[]): number {
  const used = backends.map((pid) => {
    try {
      return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return 0;
    }
  });
  return used.reduce((sum, ms) => sum + ms, 0);
}

/** Does the work beside a process that writes without a pause. */
async function whileWriting(work: () => Promise<void>): Promise<void> {
  const writer = fork(join(import.meta.dirname, 'search-writer.ts'), [database.url]);
  await once(writer, 'message');
  await work();
  const ended = once(writer, 'exit');
  writer.disconnect();
  await ended;
}
