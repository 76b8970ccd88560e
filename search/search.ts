import type { Kysely } from 'kysely';
import { asUser } from '../db/as-user.ts';
import type { Database } from '../db/database.ts';
import { findByWords, findChunks, type FoundChunk } from '../db/full-text.ts';
import { findLiveSpace } from '../db/vector-spaces.ts';
import type { DocumentFilter } from '../domain/documents.ts';
import type { EmbedderOf } from '../embeddings/index.ts';
import type { VectorSpaces } from '../vectors/vector-spaces.ts';
import { fuse } from './fusion.ts';

export interface SearchDependencies {
  readonly db: Kysely<Database>;
  readonly embedderOf: EmbedderOf;
  readonly vectors: VectorSpaces;
}

export interface SearchRequest {
  readonly query: string;
  /** Documents to answer. */
  readonly limit: number;
  readonly filter?: DocumentFilter | undefined;
}

/** A document, by its best passage. */
export interface SearchHit extends FoundChunk {
  readonly score: number;
}

/** Chunks each search brings to the fusion, for every document that is asked for. */
const candidatesPerDocument = 5;
const fewestCandidates = 50;

/**
 * Hybrid search over live documents: by meaning (vectors) and by words (Postgres full text), fused by rank, one passage a
 * document.
 * @throws SyncError when the embedding server cannot embed the question
 */
export async function search(
  deps: SearchDependencies,
  userId: string,
  request: SearchRequest,
  signal: AbortSignal,
): Promise<SearchHit[]> {
  const candidates = Math.max(fewestCandidates, request.limit * candidatesPerDocument);
  const space = await asUser(deps.db, userId, async (trx) => await findLiveSpace(trx, deps.vectors.configured));
  const [vector] = await deps.embedderOf(space).embed([request.query], signal);
  const byMeaning =
    vector === undefined
      ? []
      : await deps.vectors
          .indexOf(space)
          .query(userId, { vector, topK: candidates, ...(request.filter ? { filter: request.filter } : {}) }, signal);
  const byWords = await asUser(
    deps.db,
    userId,
    async (trx) => await findByWords(trx, userId, request.query, candidates, request.filter),
  );
  // A vector that shares nothing with the question is no answer, however few there are.
  const near = byMeaning.filter((hit) => hit.score > 0).map((hit) => hit.chunkId);
  // Words first: where both have a best answer, the one that holds the words asked for is it.
  const fused = fuse([byWords, near]);
  const chunks = await asUser(
    deps.db,
    userId,
    async (trx) =>
      await findChunks(
        trx,
        fused.slice(0, candidates).map((hit) => hit.id),
        request.query,
      ),
  );
  return bestPerDocument(fused, chunks).slice(0, request.limit);
}

function bestPerDocument(
  fused: readonly { readonly id: string; readonly score: number }[],
  chunks: readonly FoundChunk[],
): SearchHit[] {
  const byId = new Map(chunks.map((chunk) => [chunk.chunkId, chunk]));
  const seen = new Set<string>();
  const hits: SearchHit[] = [];
  for (const { id, score } of fused) {
    const chunk = byId.get(id);
    if (chunk === undefined || seen.has(chunk.documentId)) continue;
    seen.add(chunk.documentId);
    hits.push({ ...chunk, score });
  }
  return hits;
}
