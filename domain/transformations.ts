/**
 * Types for transforming an item's text between reading and chunking, and for the facts known about it by then. Imports
 * nothing from outside `domain/`.
 */

import type { ItemType, SourceType } from './source.ts';

export const transformationTypes = [
  'normalize',
  'strip_boilerplate',
  'redact',
  'filter',
  'extract_fields',
  'truncate',
  'prefix',
  'chunking',
] as const;
export type TransformationType = (typeof transformationTypes)[number];

/** One of a user's rules. Its config was validated when it was saved and is validated again when it runs. */
export interface Transformation {
  readonly name: string;
  readonly type: TransformationType;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The facts about an item that are known without its content. */
export interface ItemFacts {
  readonly sourceType: SourceType;
  readonly itemType: ItemType;
  readonly name: string;
  readonly path: string;
  readonly mimeType: string | null;
  /** In bytes, if the vendor states it. */
  readonly size: number | null;
  /** UTC ISO 8601. */
  readonly modifiedAt: string | null;
}

/** A filter excludes the item. `by` is the filter's name. */
export interface Exclusion {
  readonly by: string;
  /** For the owner of the data, naming the filter. */
  readonly message: string;
}

export type Metadata = Readonly<Record<string, string | number | boolean>>;

/** The document that a reader extracts from bytes, before its owner's transformations. */
export interface ReadDocument {
  readonly title: string;
  /** sha-256, hex, of the bytes from which the text was extracted. */
  readonly contentHash: string;
  readonly metadata: Metadata;
  readonly text: string;
  /** Pages, counted from 0, that are pictures of text and wait to be recognized. The text does not include them. */
  readonly scannedPages?: readonly number[];
  /** The files in an archive, whose own text is the list of their names. */
  readonly members?: readonly ReadMember[];
}

/** One file in an archive. */
export interface ReadMember extends Omit<ReadDocument, 'scannedPages' | 'members'> {
  /** The place within the archive, unique there: `folder/file.pdf`. */
  readonly path: string;
  readonly mimeType: string;
  /** In bytes, unpacked. */
  readonly size: number;
}

/**
 * The places where the original text can be found later: the chunks, a separate row (`original`), or nowhere, because
 * part of it was redacted, or because it is an archive, whose files are fetched together.
 */
export const originalPlaces = ['chunks', 'beside', 'nowhere'] as const;
export type OriginalPlace = (typeof originalPlaces)[number];

/** Ledger codes that are caused by transformations. Such items are processed again when the transformations change. */
export const transformationCodes = {
  excluded: 'transformation_excluded',
  timeout: 'transformation_timeout',
  outOfMemory: 'transformation_out_of_memory',
  noText: 'transformation_no_text',
  invalid: 'transformation_invalid',
} as const;

/** The input of a preview. Nothing in it is stored. */
export interface PreviewRequest {
  readonly transformations: readonly Transformation[];
  readonly facts: ItemFacts;
  readonly document: ReadDocument;
  /** Hashes of the chunks that are live now. They would not be embedded again. */
  readonly liveHashes: readonly string[];
}

/** A text and its chunks, cut to the length that is displayed. */
export interface PreviewedText {
  readonly text: string;
  /** Number of characters in the whole text. */
  readonly characters: number;
  readonly isCut: boolean;
  readonly chunkCount: number;
  readonly chunks: readonly { readonly ordinal: number; readonly text: string; readonly tokens: number }[];
  readonly metadata: Metadata;
}

export interface TransformationPreview {
  readonly excluded: Exclusion | null;
  readonly before: PreviewedText;
  /** Null if the item would be skipped. */
  readonly after: PreviewedText | null;
  /**
   * The difference between the displayed texts. Null if there is no text after the transformations, or if the texts
   * differ too much to be compared in time.
   */
  readonly diff: readonly { readonly kind: 'same' | 'removed' | 'added'; readonly text: string }[] | null;
  /** Chunks that are not live yet and would be embedded. */
  readonly chunksToEmbed: number;
}
