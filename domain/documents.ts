/** Words about text once it has left its source. Imports nothing. */

import type { Metadata, OriginalPlace } from './transformations.ts';

/** What extraction and chunking make of one item's bytes. The chunks' texts, joined, are the document's text: it is kept once. */
export interface ExtractedDocument {
  readonly title: string;
  /** sha-256, hex, of the bytes the text was made from. */
  readonly contentHash: string;
  readonly metadata: Metadata;
  readonly chunks: readonly Chunk[];
  /** Where the text as it was read can be found later. */
  readonly originalPlace: OriginalPlace;
  /** What was read, where it is kept beside the chunks. */
  readonly original?: { readonly text: string; readonly metadata: Metadata };
}

/** Where a chunk stands in its document, as people cite it. */
export interface ChunkPlace {
  /** The headings that its text stands under, outermost first: of a page, a section, a sheet, a slide. */
  readonly headings: readonly string[];
  /** Counted from 1; null where the document has no pages. */
  readonly pages: { readonly first: number; readonly last: number } | null;
}

/** `Tariffs.pdf, p. 12, Berths > Winter` */
export function citationOf(title: string, { headings, pages }: ChunkPlace): string {
  const page =
    pages === null ? '' : pages.first === pages.last ? `p. ${pages.first}` : `pp. ${pages.first}–${pages.last}`;
  return [title, page, headings.join(' > ')].filter((part) => part !== '').join(', ');
}

export interface Chunk {
  /** This chunk's own part of the text; parts do not overlap and leave nothing out. */
  readonly text: string;
  /** What the embedder reads: the document's title, the headings above, the tail of the part before (the overlap), then `text`. */
  readonly embeddingText: string;
  /** sha-256, hex, of `embeddingText`: the key under which a vector is kept and found again. */
  readonly textHash: string;
  readonly place: ChunkPlace;
  /** Tokens of `embeddingText` (cl100k_base). */
  readonly tokens: number;
  /** The words of `text` as full text finds them, marked and placed: see `content/words`. */
  readonly words: string;
}

/** Which documents a search or a list is about; what is absent does not restrict. */
export interface DocumentFilter {
  readonly dataSourceIds?: readonly string[] | undefined;
  readonly sourceTypes?: readonly string[] | undefined;
  readonly mimeTypes?: readonly string[] | undefined;
  /** In any of them. */
  readonly projectIds?: readonly string[] | undefined;
  readonly tagIds?: readonly string[] | undefined;
  /** UTC ISO 8601, both inclusive. */
  readonly modifiedAfter?: string | undefined;
  readonly modifiedBefore?: string | undefined;
}
