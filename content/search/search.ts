import type { FoundChunk } from '../../db/documents/full-text.ts';
import { type ChunkPlace, citationOf, type DocumentFilter } from '../../domain/documents.ts';
import { findCandidates, type ScoredChunk, type SearchDependencies } from './candidates.ts';
import { type Passage, passageFinder } from './passage.ts';

export interface SearchRequest {
  readonly query: string;
  /** Maximum number of documents in the answer. */
  readonly limit: number;
  readonly filter?: DocumentFilter | undefined;
}

export interface FoundPassage extends Passage {
  readonly chunkId: string;
  /** The chunk's position in the document, from 0. */
  readonly ordinal: number;
  readonly place: ChunkPlace;
  /** Document, page and headings, as people cite them. */
  readonly citation: string;
}

/** A document with its best passage. */
export interface SearchHit extends Omit<FoundChunk, 'text' | 'tokens'>, FoundPassage {
  readonly score: number;
  /** The next best passages of the same document, best first. */
  readonly otherPassages: readonly FoundPassage[];
}

/** Number of chunks that each search contributes to the fusion, per requested document. */
const candidatesPerDocument = 5;
const minCandidates = 50;
const maxOtherPassages = 2;

/**
 * Searches live documents by words and by meaning, with one hit per document.
 * @throws SyncError if the embedding server cannot embed the question
 */
export async function search(
  deps: SearchDependencies,
  userId: string,
  request: SearchRequest,
  signal: AbortSignal,
): Promise<SearchHit[]> {
  const candidates = Math.max(minCandidates, request.limit * candidatesPerDocument);
  const { chunks, terms } = await findCandidates(deps, userId, request, candidates, signal);
  const findPassage = passageFinder(terms);
  const documents = Map.groupBy(chunks, (chunk) => chunk.documentId);
  return [...documents.values()].slice(0, request.limit).flatMap((ofDocument) => toHit(ofDocument, findPassage));
}

function toHit([best, ...others]: readonly ScoredChunk[], findPassage: (text: string) => Passage): SearchHit[] {
  if (best === undefined) return [];
  const { text: _text, tokens: _tokens, ...shown } = best;
  const toFoundPassage = (chunk: ScoredChunk): FoundPassage => ({
    chunkId: chunk.chunkId,
    ordinal: chunk.ordinal,
    place: chunk.place,
    citation: citationOf(chunk.title, chunk.place),
    ...findPassage(chunk.text),
  });
  const next = others.slice(0, maxOtherPassages).map((chunk) => toFoundPassage(chunk));
  const otherPassages = next.filter((passage) => passage.highlights.length > 0);
  return [{ ...shown, ...toFoundPassage(best), otherPassages }];
}
