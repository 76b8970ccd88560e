/**
 * `npm run relevance`: measures how well words, vectors and both together rank a small judged set, by kind of question.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { readConfig } from '../../platform/config.ts';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findByWords } from '../../db/documents/full-text.ts';
import { createEmbedder } from '../../content/embeddings/index.ts';
import { createReranker } from '../../content/search/reranker.ts';
import { search } from '../../content/search/search.ts';
import { toSearchTerms, toTerms } from '../../content/search/terms.ts';
import { createVectorSpaces } from '../../content/vectors/vector-spaces.ts';
import { insertDocuments, type SampleDocument } from './relevance/corpus.ts';
import { openBenchDatabase } from './relevance/database.ts';
import { ndcg, recall } from './relevance/measures.ts';
import { makeSet, type Question, type Recipe } from './relevance/recipe.ts';

const user = 'relevance';
const maxRank = 50;
const rankers = ['lexical', 'vector', 'fused'] as const;
type Rankings = Readonly<Record<(typeof rankers)[number], readonly string[]>>;

const program = new Command('npm run relevance --')
  .description(
    'Ranks a judged set by words, by vectors and by both; OPENAI_BASE_URL selects another embedding server, RERANK_URL a reranker.',
  )
  .addOption(
    new Option('--half <half>', 'questions that were used for tuning, or those that were not')
      .choices(['tuning', 'held-out', 'all'])
      .default('all'),
  )
  .addOption(
    new Option('--set <set>', 'short documents written by hand, the larger grid made from templates, or both as one')
      .choices(['hand-written', 'grid', 'both'])
      .default('both'),
  )
  .option('--misses', 'also list the questions whose best answer is not first')
  .parse();
const options = program.opts<{
  half: 'tuning' | 'held-out' | 'all';
  set: 'hand-written' | 'grid' | 'both';
  misses?: true;
}>();

await using database = await openBenchDatabase('relevance');
const { db } = database;
const config = readConfig();
const embedder = createEmbedder(config.embedding);
const { model, dimensions } = embedder;
const vectors = createVectorSpaces(db, { store: 'pgvector', model, dimensions }, null);
const index = vectors.indexOf(vectors.configured);
const reranker = createReranker(config.rerank, pino({ name: 'relevance' }));
const deps = { db, embedderOf: () => embedder, vectors, reranker };
const set = await readSet(options.set);
const sampleIds = await insertDocuments({ db, embedder, index }, user, set.documents);
const chunkDocuments = await readChunkDocuments(db);
const questions = half(set.questions, options.half);

const results: { readonly question: Question; readonly rankings: Rankings }[] = [];
for (const question of questions) results.push({ question, rankings: await rank(question.query) });
const answerable = results.filter(({ question }) => Object.keys(question.relevant).length > 0);

console.log(
  `\n${answerable.length} questions (${options.half}), ${sampleIds.size} documents, ${embedder.model}${reranker === null ? '' : ', reranked'}\n`,
);
console.log(`| kind | questions | ${rankers.map((name) => `${name} nDCG@10 | recall@10 | @50`).join(' | ')} |`);
console.log(`|---|---|${rankers.map(() => '---|---|---|').join('')}`);
for (const kind of new Set(answerable.map(({ question }) => question.kind))) {
  printRow(
    kind,
    answerable.filter(({ question }) => question.kind === kind),
  );
}
printRow('**all**', answerable);
printNegatives();
if (options.misses) printMisses();

async function readSet(name: typeof options.set): Promise<{ documents: SampleDocument[]; questions: Question[] }> {
  const made = makeSet(await read<Recipe>('recipe'));
  if (name === 'grid') return made;
  const documents = await read<SampleDocument[]>('documents');
  const written = await read<Question[]>('queries');
  if (name === 'hand-written') return { documents, questions: written };
  return { documents: [...documents, ...made.documents], questions: [...written, ...made.questions] };
}

async function read<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(join(import.meta.dirname, 'relevance', `${name}.json`), 'utf8')) as T;
}

/** Every second topic, or question of a kind without topics, is held out: it was not used to choose the weights. */
function half(all: readonly Question[], which: 'tuning' | 'held-out' | 'all'): Question[] {
  const seen = new Map<string, number>();
  return all.filter(({ kind, group }) => {
    const place = group ?? seen.get(kind) ?? 0;
    if (group === undefined) seen.set(kind, place + 1);
    return which === 'all' || (place % 2 === 0) === (which === 'tuning');
  });
}

async function readChunkDocuments(from: Kysely<Database>): Promise<Map<string, string>> {
  const rows = await asUser(from, user, (trx) =>
    trx.selectFrom('documentChunks').select(['id', 'documentId']).execute(),
  );
  return new Map(rows.map((row) => [row.id, row.documentId]));
}

async function rank(query: string): Promise<Rankings> {
  const signal = AbortSignal.timeout(60_000);
  const byWords = await asUser(db, user, (trx) =>
    findByWords(trx, user, toSearchTerms(toTerms(query)), 250, undefined),
  );
  const [vector] = await embedder.embed([query], 'query', signal);
  const near = (await index.query(user, { vector: vector ?? new Float32Array(), topK: 250 }, signal)).filter(
    (hit) => hit.score > 0,
  );
  const hits = await search(deps, user, { query, limit: maxRank }, signal);
  return {
    lexical: toSampleIds(byWords.hits.map(({ id }) => chunkDocuments.get(id) ?? '')),
    vector: toSampleIds(near.map((hit) => chunkDocuments.get(hit.chunkId) ?? '')),
    fused: toSampleIds(hits.map((hit) => hit.documentId)),
  };
}

function toSampleIds(documentIds: readonly string[]): string[] {
  return [...new Set(documentIds)].map((id) => sampleIds.get(id) ?? '');
}

function printRow(kind: string, rows: typeof results): void {
  const mean = (of: (row: (typeof results)[number]) => number): string =>
    (rows.reduce((sum, row) => sum + of(row), 0) / rows.length).toFixed(3);
  const cells = rankers.flatMap((name) => [
    mean(({ question, rankings }) => ndcg(rankings[name], question.relevant, 10)),
    mean(({ question, rankings }) => recall(rankings[name], question.relevant, 10)),
    mean(({ question, rankings }) => recall(rankings[name], question.relevant, 50)),
  ]);
  console.log(`| ${kind} | ${rows.length} | ${cells.join(' | ')} |`);
}

/** Counts the answers that are offered to questions without an answer. */
function printNegatives(): void {
  const rows = results.filter(({ question }) => Object.keys(question.relevant).length === 0);
  const mean = (name: (typeof rankers)[number]): string =>
    (rows.reduce((sum, row) => sum + row.rankings[name].length, 0) / rows.length).toFixed(1);
  const offered = rankers.map((name) => `${name} ${mean(name)}`).join(', ');
  const silent = rows.filter(({ rankings }) => rankings.fused.length === 0).length;
  console.log(`\nAnswers offered to ${rows.length} questions without an answer: ${offered}`);
  console.log(`Nothing is offered to ${silent} of them.`);
}

function printMisses(): void {
  for (const name of rankers) {
    const missed = answerable.filter(({ question, rankings }) => ndcg(rankings[name], question.relevant, 1) < 1);
    for (const { question, rankings } of missed)
      console.log(`${name}: [${question.kind}] ${question.query} → ${rankings[name].slice(0, 4).join(', ')}`);
  }
}
