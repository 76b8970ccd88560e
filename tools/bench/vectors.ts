/**
 * `npm run bench:vectors`: compares exact search with a tenant's approximate index on a real PostgreSQL, over clustered
 * vectors of one tenant beside others. Prints recall@10 against exact search, and times.
 */

import { createHash, randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { type Kysely, sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { type Database, openDatabase } from '../../db/access/database.ts';
import { migrateToLatest } from '../../db/access/migrate.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { startRealPostgres } from '../../test/harness/real-postgres.ts';
import { createPgvectorIndex } from '../../content/vectors/pgvector.ts';
import { maintainAnnIndex } from '../../content/vectors/pgvector-ann.ts';
import type { VectorIndex } from '../../content/vectors/vector-index.ts';

const program = new Command('npm run bench:vectors --')
  .option('--chunks <n>', 'chunks of the large tenant', Number, 100_000)
  .option('--dimensions <n...>', 'sizes of vectors', ['384', '1536'])
  .option('--queries <n>', 'number of questions', Number, 200)
  .parse();
const options = program.opts<{ chunks: number; dimensions: string[]; queries: number }>();

const never = new AbortController().signal;
const user = 'large tenant';
const chunksPerDocument = 10;
/** Topics of the tenant's texts; a topic's vectors are around its center, like embeddings of related texts. */
const topics = 500;
/** Distance of a vector from its topic: a similarity of about 0.7 within a topic. */
const spread = 0.65;

// Nobody runs PostgreSQL's default of 128 MB; a small production server has this much.
await using postgres = await startRealPostgres(['shared_buffers=1GB', 'max_wal_size=4GB']);
console.log(`| dimensions | chunks | how | recall@10 | p50 | p95 | p99 | build | index size |`);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const dimensions of options.dimensions.map(Number)) await measure(dimensions);

async function measure(dimensions: number): Promise<void> {
  await using db = openDatabase(await createDatabase(`vectors_${dimensions}`), 4);
  await migrateToLatest(db);
  const space: VectorSpace = { store: 'pgvector', model: 'bench', dimensions };
  const index = createPgvectorIndex(db, space);
  const random = seeded(dimensions);
  const centres = Array.from({ length: topics }, () => direction(random, dimensions));
  await fill(db, index, options.chunks, user, () => near(pick(centres, random), random, dimensions));
  await fill(db, index, 5000, 'small tenant', () => near(pick(centres, random), random, dimensions));
  await sql`vacuum analyze`.execute(db);
  const questions = Array.from({ length: options.queries }, () => near(pick(centres, random), random, dimensions));

  const exact = await ask(index, questions);
  print(dimensions, 'exact', null, exact.times, '-', '-');
  const started = performance.now();
  const isBuilt = await maintainAnnIndex(db, user, space);
  const build = `${((performance.now() - started) / 1000).toFixed(0)} s`;
  if (!isBuilt) {
    console.log(`| ${dimensions} | ${options.chunks} | no index: not worthwhile | | | | | | |`);
    return;
  }
  const approximate = await ask(index, questions);
  print(
    dimensions,
    'index',
    recallOf(approximate.answers, exact.answers),
    approximate.times,
    build,
    await indexSize(db),
  );
}

async function ask(index: VectorIndex, questions: readonly Float32Array[]) {
  const warmUp = questions.slice(0, 20);
  for (const vector of warmUp) await index.query(user, { vector, topK: 10 }, never);
  const times: number[] = [];
  const answers: string[][] = [];
  for (const vector of questions) {
    const started = performance.now();
    // As many candidates as a search for ten documents requests.
    const hits = await index.query(user, { vector, topK: 50 }, never);
    times.push(performance.now() - started);
    answers.push(hits.slice(0, 10).map((hit) => hit.chunkId));
  }
  return { times, answers };
}

function recallOf(found: readonly string[][], truth: readonly string[][]): number {
  const shares = truth.map((ids, i) => ids.filter((id) => found[i]?.includes(id) === true).length / ids.length);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function print(
  dimensions: number,
  how: string,
  recall: number | null,
  times: readonly number[],
  build: string,
  size: string,
): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1)} ms`;
  console.log(
    `| ${dimensions} | ${options.chunks} | ${how} | ${recall?.toFixed(3) ?? '1'} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} | ${build} | ${size} |`,
  );
}

async function fill(
  db: Kysely<Database>,
  index: VectorIndex,
  chunks: number,
  userId: string,
  nextVector: () => Float32Array,
): Promise<void> {
  const batch = 2000;
  for (let at = 0; at < chunks; at += batch) {
    const hashes = Array.from({ length: Math.min(batch, chunks - at) }, (_, i) =>
      createHash('sha256')
        .update(`${userId}/${at + i}`)
        .digest('hex'),
    );
    await asUser(db, userId, async (trx) => {
      await sql`
        with made as (
          insert into documents (user_id, external_id, item_type, title, content_hash, pipeline_version, live_generation)
          select ${userId}, ${at}::text || '/' || n, 'file', 'bench', 'h', '1', ${randomUUID()}::uuid
          from generate_series(0, ${Math.ceil(hashes.length / chunksPerDocument) - 1}::int) n
          returning id, live_generation, split_part(external_id, '/', 2)::int as n
        )
        insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
        select ${userId}, made.id, made.live_generation, x.o, 'text ' || x.o, x.h, 2
        from unnest(${hashes}::text[]) with ordinality as x(h, o)
        join made on made.n = (x.o - 1) / ${chunksPerDocument}`.execute(trx);
    });
    await index.upsert(
      userId,
      hashes.map((textHash) => ({ textHash, vector: nextVector() })),
      never,
    );
  }
}

async function createDatabase(name: string): Promise<string> {
  await using server = openDatabase(postgres.url, 1);
  await sql`create database ${sql.ref(name)}`.execute(server);
  return Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
}

async function indexSize(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ size: string }>`
    select pg_size_pretty(sum(pg_relation_size(oid))) as size from pg_class
    where relname like 'embeddings_ann_%'`.execute(db);
  return rows[0]?.size ?? '?';
}

/** A vector around a topic's center: the noise over all dimensions is `spread` times as long as the center. */
function near(center: Float32Array, random: () => number, dimensions: number): Float32Array {
  const noise = direction(random, dimensions);
  return unit(center.map((value, i) => value + spread * (noise[i] ?? 0)));
}

function direction(random: () => number, dimensions: number): Float32Array {
  return unit(Float32Array.from({ length: dimensions }, () => gaussian(random)));
}

function unit(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  return vector.map((value) => value / length);
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function pick<T>(list: readonly T[], random: () => number): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('an empty list');
  return found;
}

/** mulberry32: the same vectors in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
