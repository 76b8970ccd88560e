/** Types for text after it has left its source. Imports nothing from outside `domain/`. */

import type { Metadata, OriginalPlace } from './transformations.ts';

/**
 * The result of extracting and chunking one item's bytes. The texts of the chunks, joined, are the document's text, so
 * the text is stored once.
 */
export interface ExtractedDocument {
  readonly title: string;
  /** sha-256, hex, of the bytes from which the text was extracted. */
  readonly contentHash: string;
  readonly metadata: Metadata;
  readonly chunks: readonly Chunk[];
  /** The place where the extracted text can be found later. */
  readonly originalPlace: OriginalPlace;
  /** The extracted text and metadata, if they are stored beside the chunks. */
  readonly original?: { readonly text: string; readonly metadata: Metadata };
  /** The files in an archive, which are documents of their own. */
  readonly members?: readonly MemberDocument[];
}

/** One file in an archive. It belongs to the archive's item and is replaced and removed with it. */
export interface MemberDocument extends Omit<ExtractedDocument, 'members'> {
  /** The place within the archive, unique there: `folder/file.pdf`. */
  readonly path: string;
  readonly mimeType: string;
}

/** The title of a file in an archive: `Board.zip > minutes/may.docx`. */
export function memberTitle(archive: string, path: string): string {
  return `${archive} > ${path}`;
}

/** The position of a chunk in its document, as people cite it. */
export interface ChunkPlace {
  /** The headings above the text, outermost first: those of a page, a section, a sheet or a slide. */
  readonly headings: readonly string[];
  /** Counted from 1; null if the document has no pages. */
  readonly pages: { readonly first: number; readonly last: number } | null;
}

/** Formats a citation such as `Tariffs.pdf, p. 12, Berths > Winter`. */
export function citationOf(title: string, { headings, pages }: ChunkPlace): string {
  const page =
    pages === null ? '' : pages.first === pages.last ? `p. ${pages.first}` : `pp. ${pages.first}–${pages.last}`;
  // Many documents begin with their title as a heading.
  const below = headings[0] === title ? headings.slice(1) : headings;
  return [title, page, below.join(' > ')].filter((part) => part !== '').join(', ');
}

export interface Chunk {
  /** This chunk's own part of the text. The parts do not overlap and together cover the whole text. */
  readonly text: string;
  /**
   * The text that is embedded: the document's title, the headings above, the end of the previous part (the overlap),
   * then `text`.
   */
  readonly embeddingText: string;
  /** sha-256, hex, of `embeddingText`: the key under which a vector is stored and looked up. */
  readonly textHash: string;
  readonly place: ChunkPlace;
  /** Number of tokens in `embeddingText` (cl100k_base). */
  readonly tokens: number;
  /** The words of `text` for the full-text index, with marks and positions: see `content/words`. */
  readonly words: string;
}

/**
 * A document on its way from a reader to the database. The texts of its chunks are only passed on, so they stay the
 * UTF-8 bytes that the database stores: nothing decodes them in between.
 */
export interface StagedDocument extends Omit<ExtractedDocument, 'chunks' | 'members'> {
  readonly chunks: readonly StagedChunk[];
  readonly members?: readonly StagedMember[];
}

export interface StagedMember extends Omit<MemberDocument, 'chunks'> {
  readonly chunks: readonly StagedChunk[];
}

export interface StagedChunk extends Pick<Chunk, 'textHash' | 'tokens'> {
  readonly text: Uint8Array;
  /**
   * The text that is embedded before the chunk's own, so that another model can embed the same. Null if the embedded
   * text does not end with the chunk's own text.
   */
  readonly context: Uint8Array | null;
  /** The text that is embedded, if there is no context. */
  readonly embeddingText: Uint8Array | null;
  /** The words with their user's tag: a `tsvector` in binary. */
  readonly words: Uint8Array;
  /** The place as JSON. */
  readonly place: Uint8Array;
}

/** Restricts a search or a list of documents. Absent fields do not restrict. */
export interface DocumentFilter {
  readonly dataSourceIds?: readonly string[] | undefined;
  readonly sourceTypes?: readonly string[] | undefined;
  readonly mimeTypes?: readonly string[] | undefined;
  /** Matches documents in any of these projects. */
  readonly projectIds?: readonly string[] | undefined;
  readonly tagIds?: readonly string[] | undefined;
  /** UTC ISO 8601; both bounds are inclusive. */
  readonly modifiedAfter?: string | undefined;
  readonly modifiedBefore?: string | undefined;
}

/** How a text is divided into chunks. */
export interface ChunkSettings {
  /** Approximate size of a chunk of ordinary paragraphs. */
  readonly tokens: number;
  /** Approximate number of tokens of the previous part that are repeated at the front, starting at a word. */
  readonly overlapTokens: number;
}

/** Applies unless a transformation sets another value. */
export const defaultChunking: ChunkSettings = { tokens: 400, overlapTokens: 50 };
