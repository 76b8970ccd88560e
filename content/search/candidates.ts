import type { Kysely } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import type { Database } from '../../db/access/database.ts';
import { findByWords, findChunks, type FoundChunk } from '../../db/documents/full-text.ts';
import { findLiveSpace } from '../../db/vectors/vector-spaces.ts';
import { citationOf, type DocumentFilter } from '../../domain/documents.ts';
import { embedQuery } from '../embeddings/batch.ts';
import type { Embedder, WeightedWord, WordComparison } from '../embeddings/embedder.ts';
import type { EmbedderOf } from '../embeddings/index.ts';
import type { VectorHit } from '../vectors/vector-index.ts';
import type { VectorSpaces } from '../vectors/vector-spaces.ts';
import { fuse } from './fusion.ts';
import { lexemesOf, searchText } from '../words/words.ts';
import type { Reranker } from './reranker.ts';
import { toSearchTerms, toTerms } from './terms.ts';

export interface SearchDependencies {
  readonly db: Kysely<Database>;
  readonly embedderOf: EmbedderOf;
  readonly vectors: VectorSpaces;
  /** Null if results keep the order of words and vectors. */
  readonly reranker: Reranker | null;
}

/** A chunk of a live document with its fused score, which is comparable only within one answer. */
export interface ScoredChunk extends FoundChunk {
  readonly score: number;
}

export interface Candidates {
  /** Best first. */
  readonly chunks: readonly ScoredChunk[];
  /** The search terms, without stop words. */
  readonly terms: readonly string[];
}

/**
 * Finds chunks of live documents by words and by meaning and fuses the results. Both searches run at the same time, in
 * four short transactions whatever the number of hits, and the embedder is called outside of them. The last one reads
 * the texts, only of chunks that are live then. If the embedding server refuses the question, only words are searched. A
 * reranker, if there is one, then orders what was found.
 * @throws SyncError if the embedding server does not answer
 */
export async function findCandidates(
  deps: SearchDependencies,
  userId: string,
  request: SearchedFor,
  limit: number,
  signal: AbortSignal,
): Promise<Candidates> {
  const { db, reranker } = deps;
  const { query, filter } = request;
  const words = toTerms(query);
  // Of a question of signs alone a model knows nothing, and would find anything.
  if (words.length === 0) return { chunks: [], terms: [] };
  const [{ embedder, near }, byWords] = await Promise.all([
    findNear(deps, userId, request, limit, signal),
    asUser(db, userId, (trx) => findByWords(trx, userId, toSearchTerms(words), limit, filter)),
  ]);
  const { besideWords, alone } = embedder.minSimilarity;
  const floor = byWords.hits.length > 0 ? besideWords : alone;
  const min = Math.max(floor.cosine, floor.shareOfBest * (near[0]?.score ?? 0));
  const fused = fuse([
    // Words come first: of two best answers with equal scores, the one that contains the words wins.
    { ids: byWords.hits.map(({ id }) => id), weight: 1 },
    // A text that is far from the question is not an answer, even if there are few others.
    { ids: near.filter((hit) => hit.score > min).map((hit) => hit.chunkId), weight: embedder.searchWeight },
  ]).slice(0, limit);
  const ids = fused.map((hit) => hit.id);
  const byId = new Map(
    (await asUser(db, userId, (trx) => findChunks(trx, ids))).map((chunk) => [chunk.chunkId, chunk]),
  );
  const found = fused.flatMap(({ id, score }) => {
    const chunk = byId.get(id);
    return chunk === undefined ? [] : [{ ...chunk, score }];
  });
  const { wordComparison } = embedder;
  const scores: Scores = {
    byWords: relativeScores(byWords.hits),
    shares: new Map(byWords.hits.map(({ id, share }) => [id, share])),
    byVector: relativeScores(
      near.map(({ chunkId, score }) => ({ id: chunkId, score })),
      wordComparison?.unrelatedCosine,
    ),
  };
  const chunks =
    wordComparison === undefined
      ? found
      : await compareWords(wordComparison, weighWords(words, byWords.rarities), found, scores, signal);
  return {
    chunks: reranker === null ? chunks : await rerank(reranker, query, chunks, signal),
    terms: words.filter((word) => lexemesOf(word).length > 0),
  };
}

interface SearchedFor {
  readonly query: string;
  readonly filter?: DocumentFilter | undefined;
}

/** Searches by meaning, in the space that answers for the user now. */
async function findNear(
  { db, embedderOf, vectors }: SearchDependencies,
  userId: string,
  { query, filter }: SearchedFor,
  topK: number,
  signal: AbortSignal,
): Promise<{ readonly embedder: Embedder; readonly near: readonly VectorHit[] }> {
  const space = await asUser(db, userId, (trx) => findLiveSpace(trx, vectors.configured));
  const embedder = embedderOf(space);
  const vector = await embedQuery(embedder, query, signal);
  if (vector === null) return { embedder, near: [] };
  const nearest = { vector, topK, ...(filter ? { filter } : {}) };
  return { embedder, near: await vectors.indexOf(space).query(userId, nearest, signal) };
}

/** Number of candidates that are compared word by word, and further ones are dropped: 50 take about 15 ms of CPU. */
const maxCompared = 100;

/**
 * What contains this share of a question answers it, although the model knows nothing of its words, or knows them in
 * another spelling.
 */
const minShare = 0.5;

/** Each search's scores by chunk, relative to its best. */
interface Scores {
  readonly byWords: ReadonlyMap<string, number>;
  readonly byVector: ReadonlyMap<string, number>;
  /** The share of the question that a chunk contains in words. */
  readonly shares: ReadonlyMap<string, number>;
}

/** @param from the score that counts as nothing */
function relativeScores(
  hits: readonly { readonly id: string; readonly score: number }[],
  from = 0,
): ReadonlyMap<string, number> {
  const best = (hits[0]?.score ?? 0) - from;
  return best > 0 ? new Map(hits.map(({ id, score }) => [id, Math.max(0, score - from) / best])) : new Map();
}

/** Stop words say nothing; what the index knows only in pairs of characters counts like the question's other words. */
function weighWords(words: readonly string[], rarities: ReadonlyMap<string, number>): WeightedWord[] {
  const known = words.filter((word) => !/\s/.test(word));
  const weights = known.map((word) => rarities.get(searchText(word).trim()) ?? 0);
  return known.flatMap((word, i) => {
    const weight = weights[i] ?? 0;
    return weight > 0 ? [{ word, weight }] : [];
  });
}

/**
 * Orders the candidates by how well their words match the question's, together with the scores of both searches, and
 * drops those that match too little.
 */
async function compareWords(
  { compare, min, wordsWeight, vectorsWeight }: WordComparison,
  words: readonly WeightedWord[],
  chunks: readonly ScoredChunk[],
  { byWords, byVector, shares }: Scores,
  signal: AbortSignal,
): Promise<readonly ScoredChunk[]> {
  if (words.length === 0 || chunks.length === 0) return chunks;
  const compared = chunks.slice(0, maxCompared);
  const passages = compared.map(({ title, text }) => `${title}\n${text}`);
  const likeness = await compare(words, passages, signal);
  return compared
    .map((chunk, i) => ({ chunk, likeness: likeness[i] ?? 0 }))
    .filter(({ chunk, likeness: own }) => own >= min || (shares.get(chunk.chunkId) ?? 0) >= minShare)
    .map(({ chunk, likeness: own }) => ({
      ...chunk,
      score: own + wordsWeight * (byWords.get(chunk.chunkId) ?? 0) + vectorsWeight * (byVector.get(chunk.chunkId) ?? 0),
    }))
    .toSorted((a, b) => b.score - a.score);
}

/**
 * Orders the first candidates by the reranker's scores. They share the fused scores of their old places, because the
 * scores of the two orders are not comparable and the rest of the list keeps its own.
 */
async function rerank(
  reranker: Reranker,
  query: string,
  chunks: readonly ScoredChunk[],
  signal: AbortSignal,
): Promise<readonly ScoredChunk[]> {
  const first = chunks.slice(0, reranker.maxCandidates);
  const passages = first.map((chunk) => `${citationOf(chunk.title, chunk.place)}\n${chunk.text}`);
  const scores = await reranker.score(query, passages, signal);
  if (scores === null) return chunks;
  const ordered = first
    .map((chunk, place) => ({ chunk, relevance: scores[place] ?? 0 }))
    .toSorted((a, b) => b.relevance - a.relevance)
    .map(({ chunk }, place) => ({ ...chunk, score: first[place]?.score ?? chunk.score }));
  return [...ordered, ...chunks.slice(first.length)];
}
