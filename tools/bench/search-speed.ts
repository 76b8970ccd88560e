/** `npm run search-speed`: how long a search takes, the whole of it and its parts, over a few thousand documents. */

import { Command } from 'commander';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { findByWords } from '../../db/documents/full-text.ts';
import { createLocalEmbedder } from '../../content/embeddings/local.ts';
import { buildContext } from '../../content/search/context.ts';
import { search } from '../../content/search/search.ts';
import { toTerms } from '../../content/search/terms.ts';
import { createVectorSpaces } from '../../content/vectors/vector-spaces.ts';
import { insertDocuments } from './relevance/corpus.ts';
import { openBenchDatabase } from './relevance/database.ts';
import { percentile } from './relevance/measures.ts';
import { chancesFrom } from './soak/chances.ts';

const program = new Command('npm run search-speed --')
  .description('Searches generated documents one after the other on a real PostgreSQL.')
  .option('--documents <n>', 'documents, of 1 to 3 chunks', Number, 4000)
  .option('--searches <n>', 'of each kind', Number, 200)
  .parse();
const options = program.opts<{ documents: number; searches: number }>();

const user = 'speed';
const chance = chancesFrom(1);
/** Few words are frequent and most are rare, as in language. */
const vocabulary = Array.from({ length: 20_000 }, (_, i) => `${'abcdefghklmnoprstu'[i % 18] ?? ''}${i.toString(36)}en`);
const word = (): string => vocabulary[Math.floor(vocabulary.length * chance() ** 3)] ?? '';
const words = (count: number): string => Array.from({ length: count }, word).join(' ');

await using database = await openBenchDatabase('speed');
const { db } = database;
const embedder = createLocalEmbedder();
const { model, dimensions } = embedder;
const vectors = createVectorSpaces(db, { store: 'pgvector', model, dimensions }, null);
const index = vectors.indexOf(vectors.configured);
const deps = { db, embedderOf: () => embedder, vectors };
const documents = Array.from({ length: options.documents }, (_, i) => ({
  id: String(i),
  title: `${words(3)}.md`,
  text: Array.from({ length: 1 + Math.floor(chance() * 12) }, () => words(40)).join('\n\n'),
}));
await insertDocuments({ db, embedder, index }, user, documents);
await sql`analyze`.execute(db);
const { chunks } = await asUser(
  db,
  user,
  async (trx) =>
    await trx
      .selectFrom('documentChunks')
      .select((e) => e.fn.countAll<number>().as('chunks'))
      .executeTakeFirstOrThrow(),
);

const signal = AbortSignal.timeout(3_600_000);
console.log(`\n${options.documents} documents, ${chunks} chunks, ${embedder.model}\n`);
console.log('| what | p50 | p95 |\n|---|---|---|');
await measure('search, 4 words', async () => {
  await search(deps, user, { query: words(4), limit: 10 }, signal);
});
await measure('search, 20 words', async () => {
  await search(deps, user, { query: words(20), limit: 10 }, signal);
});
await measure('its full text alone, 4 words', async () => {
  await asUser(db, user, async (trx) => await findByWords(trx, user, toTerms(words(4)), 50, undefined));
});
await measure('its vectors alone', async () => {
  const [vector] = await embedder.embed([words(4)], 'query', signal);
  await index.query(user, { vector: vector ?? new Float32Array(), topK: 50 }, signal);
});
await measure('context of 2,000 tokens', async () => {
  await buildContext(deps, user, { query: words(4), maxTokens: 2000 }, signal);
});

async function measure(name: string, work: () => Promise<void>): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < options.searches; i++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  const [p50, p95] = [0.5, 0.95].map((share) => percentile(times, share).toFixed(0));
  console.log(`| ${name} | ${p50} ms | ${p95} ms |`);
}
