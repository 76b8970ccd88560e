/** What is done with an item's text between reading and cutting, and what is known of the item then. Imports nothing. */

import type { ItemType, SourceType } from './source.ts';

export const transformationTypes = [
  'normalise',
  'strip_boilerplate',
  'redact',
  'filter',
  'extract_fields',
  'truncate',
  'prefix',
  'chunking',
] as const;
export type TransformationType = (typeof transformationTypes)[number];

/** One of a user's rules, as the pipeline runs it. Its config was checked when it was saved, and is checked again when it runs. */
export interface Transformation {
  readonly name: string;
  readonly type: TransformationType;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What is known of an item without its content. */
export interface ItemFacts {
  readonly sourceType: SourceType;
  readonly itemType: ItemType;
  readonly name: string;
  readonly path: string;
  readonly mimeType: string | null;
  /** Bytes, where the vendor states them. */
  readonly size: number | null;
  /** UTC ISO 8601. */
  readonly modifiedAt: string | null;
}

/** A filter leaves the item out. `by` is the filter's name. */
export interface Exclusion {
  readonly by: string;
  /** For the owner of the data, naming the filter. */
  readonly message: string;
}

export type Metadata = Readonly<Record<string, string | number | boolean>>;

/** What a reader makes of bytes: a document before its owner's transformations. */
export interface ReadDocument {
  readonly title: string;
  /** sha-256, hex, of the bytes the text was made from. */
  readonly contentHash: string;
  readonly metadata: Metadata;
  readonly text: string;
  /** Pages, from 0, that are pictures of text and wait to be recognised. The text lacks them. */
  readonly scannedPages?: readonly number[];
}

/**
 * Where the text as it was read can be found later: the chunks hold it, it is kept beside them (`original`), or it is kept
 * nowhere because something in it was redacted.
 */
export const originalPlaces = ['chunks', 'beside', 'nowhere'] as const;
export type OriginalPlace = (typeof originalPlaces)[number];

/** Codes in an item's ledger that speak of transformations: such items are looked into again once those change. */
export const transformationCodes = {
  excluded: 'transformation_excluded',
  timeout: 'transformation_timeout',
  outOfMemory: 'transformation_out_of_memory',
  noText: 'transformation_no_text',
  invalid: 'transformation_invalid',
} as const;

/** What a preview is made from. Nothing of it is stored. */
export interface PreviewRequest {
  readonly transformations: readonly Transformation[];
  readonly facts: ItemFacts;
  readonly document: ReadDocument;
  /** Hashes of the chunks that are live now: they would not be embedded again. */
  readonly liveHashes: readonly string[];
}

/** A text and its chunks, as far as they are shown. */
export interface PreviewedText {
  readonly text: string;
  /** Characters of the whole text. */
  readonly characters: number;
  readonly isCut: boolean;
  readonly chunkCount: number;
  readonly chunks: readonly { readonly ordinal: number; readonly text: string; readonly tokens: number }[];
  readonly metadata: Metadata;
}

export interface TransformationPreview {
  readonly excluded: Exclusion | null;
  readonly before: PreviewedText;
  /** Null: it would be left out. */
  readonly after: PreviewedText | null;
  /** Between the shown texts. Null: there is no text after, or they differ too much to be compared in time. */
  readonly diff: readonly { readonly kind: 'same' | 'removed' | 'added'; readonly text: string }[] | null;
  /** Chunks that are not live yet and would be embedded. */
  readonly chunksToEmbed: number;
}
