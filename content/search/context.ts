/**
 * Selects the best passages for a question within a token budget and numbers them, for use in a language model's
 * prompt.
 */

import { clearMergeCache, countTokens, decode, encode } from 'gpt-tokenizer/encoding/cl100k_base';
import { asUser } from '../../db/access/as-user.ts';
import { findOffsets } from '../../db/documents/full-text.ts';
import { type ChunkPlace, citationOf, type DocumentFilter } from '../../domain/documents.ts';
import { findCandidates, type ScoredChunk, type SearchDependencies } from './candidates.ts';

export interface ContextRequest {
  readonly query: string;
  /** Tokens of the whole block, headings included (cl100k_base). */
  readonly maxTokens: number;
  readonly filter?: DocumentFilter | undefined;
}

/** The source of a numbered passage. */
export interface Citation {
  readonly number: number;
  readonly documentId: string;
  readonly title: string;
  readonly place: ChunkPlace;
  readonly sourceUrl: string | null;
  readonly chunkIds: readonly string[];
  /** Position in the document's text, in UTF-16 code units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Context {
  readonly text: string;
  readonly tokens: number;
  readonly citations: readonly Citation[];
}

/** A model's special tokens count as text here; by default the tokenizer rejects them. */
const asText = { disallowedSpecial: new Set<string>() };
/** Number of chunks to choose from. */
const maxCandidates = 100;
/** The factor for each further passage of the same document, so that several documents come before much of one. */
const nextOfDocument = 0.7;
const maxTitle = 120;
/** Allowance for the number, the line breaks, and the difference in tokens when two texts are joined. */
const tokensBetween = 8;
/** A shorter passage is not worth a citation. */
const minTokens = 40;

/**
 * Never exceeds `maxTokens`; the same request over the same documents gives the same text. @throws SyncError the same
 * as `findCandidates`
 */
export async function buildContext(
  deps: SearchDependencies,
  userId: string,
  request: ContextRequest,
  signal: AbortSignal,
): Promise<Context> {
  const { chunks } = await findCandidates(deps, userId, request, maxCandidates, signal);
  // What the tokenizer remembers is of use for this one: once it remembers 100,000 words, each new one takes four times as long.
  clearMergeCache();
  const chosen = chooseWithin(request.maxTokens, diversify(leaveOutCopies(chunks)));
  const offsets = await asUser(deps.db, userId, (trx) =>
    findOffsets(
      trx,
      chosen.map((chunk) => chunk.chunkId),
    ),
  );
  let citations = toCitations(chosen, offsets);
  let context = render(citations);
  // Tokens were added up per part, but the whole text must fit.
  while (context.tokens > request.maxTokens) {
    citations = citations.slice(0, -1);
    context = render(citations);
  }
  return context;
}

/** A file that is in two folders or sources, or a mail that was forwarded, would be said twice. */
function leaveOutCopies(chunks: readonly ScoredChunk[]): ScoredChunk[] {
  const said = new Set<string>();
  return chunks.filter(({ text }) => {
    const isNew = !said.has(text.trim());
    said.add(text.trim());
    return isNew;
  });
}

function diversify(chunks: readonly ScoredChunk[]): ScoredChunk[] {
  const taken = new Map<string, number>();
  return chunks
    .map((chunk) => {
      const before = taken.get(chunk.documentId) ?? 0;
      taken.set(chunk.documentId, before + 1);
      return { chunk, score: chunk.score * nextOfDocument ** before };
    })
    .toSorted((a, b) => b.score - a.score)
    .map(({ chunk }) => chunk);
}

/** Takes the chunks that fit, best first, and truncates only the very best one. */
function chooseWithin(maxTokens: number, chunks: readonly ScoredChunk[]): ScoredChunk[] {
  const chosen: ScoredChunk[] = [];
  let left = maxTokens;
  for (const chunk of chunks) {
    const room = left - countTokens(headingOf(chunk), asText) - tokensBetween;
    if (room < minTokens) break;
    // Most chunks can be decided by their stored size, which includes headings and overlap and so is never too small.
    const text = chunk.tokens <= room ? chunk.text : beginningOf(chunk.text, room);
    if (text !== chunk.text && chosen.length > 0) continue;
    chosen.push({ ...chunk, text });
    left = room - countTokens(text, asText);
  }
  return chosen;
}

/** Returns as many whole words as fit `tokens`. */
function beginningOf(text: string, tokens: number): string {
  const encoded = encode(text, asText);
  if (encoded.length <= tokens) return text;
  const cut = decode(encoded.slice(0, tokens)).replace(/\uFFFD+$/u, '');
  const lastSpace = cut.search(/\s\S*$/u);
  return lastSpace > cut.length / 2 ? cut.slice(0, lastSpace) : cut;
}

/** Orders documents by their best passage, and passages within a document by position; neighbors are joined. */
function toCitations(chosen: readonly ScoredChunk[], offsets: ReadonlyMap<string, number>): Citation[] {
  const passages: (Omit<Citation, 'number'> & { readonly last: number })[] = [];
  for (const chunks of Map.groupBy(chosen, (chunk) => chunk.documentId).values()) {
    let open = false;
    for (const chunk of chunks.toSorted((a, b) => a.ordinal - b.ordinal)) {
      const start = offsets.get(chunk.chunkId);
      // The chunk was replaced after it was chosen.
      if (start === undefined) continue;
      const before = open ? passages.at(-1) : undefined;
      const isNext = before?.last === chunk.ordinal - 1 && before.end === start;
      const end = start + chunk.text.length;
      if (isNext) {
        const chunkIds = [...before.chunkIds, chunk.chunkId];
        passages[passages.length - 1] = {
          ...before,
          chunkIds,
          end,
          text: before.text + chunk.text,
          last: chunk.ordinal,
          place: joined(before.place, chunk.place),
        };
      } else {
        const { documentId, title, place, sourceUrl, chunkId, text, ordinal } = chunk;
        passages.push({ documentId, title, place, sourceUrl, chunkIds: [chunkId], start, end, text, last: ordinal });
      }
      open = true;
    }
  }
  return passages.map(({ last: _last, ...passage }, i) => ({ number: i + 1, ...passage }));
}

function render(citations: readonly Citation[]): Context {
  const text = citations.map((c) => `[${c.number}] ${headingOf(c)}\n${c.text.trim()}`).join('\n\n');
  return { text, tokens: countTokens(text, asText), citations };
}

/** A passage of several chunks is cited by its start, and by all its pages. */
function joined({ headings, pages }: ChunkPlace, next: ChunkPlace): ChunkPlace {
  return {
    headings,
    pages: pages === null || next.pages === null ? pages : { first: pages.first, last: next.pages.last },
  };
}

function headingOf({ title, place }: Pick<Citation, 'title' | 'place'>): string {
  const short = title.replaceAll(/\s+/gu, ' ').slice(0, maxTitle).toWellFormed();
  return citationOf(short, place)
    .replaceAll(/\s+/gu, ' ')
    .slice(0, 2 * maxTitle)
    .toWellFormed();
}
