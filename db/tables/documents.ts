import type { Generated } from 'kysely';
import type { ChunkPlace } from '../../domain/documents.ts';
import type { ItemType } from '../../domain/source.ts';
import type { Metadata, OriginalPlace } from '../../domain/transformations.ts';
import type { GeneratedTime, Json, Time } from './columns.ts';

export interface DocumentsTable {
  id: Generated<string>;
  userId: string;
  /** Null once its source was deleted with `keepDocuments`. */
  dataSourceId: string | null;
  externalId: string;
  itemType: ItemType;
  title: string;
  mimeType: string | null;
  sourceUrl: string | null;
  /** sha-256 of the bytes the text was made from. */
  contentHash: string;
  metadata: Json<Record<string, string | number | boolean>>;
  modifiedAt: Time | null;
  /** Counts the switches: 1 for the first text. 0: no text yet. */
  version: Generated<number>;
  liveGeneration: string | null;
  pipelineVersion: string;
  chunkCount: Generated<number>;
  tokens: Generated<number>;
  /** Where the text as it was read is: see `OriginalPlace`. */
  original: Generated<OriginalPlace>;
  /** The title's words; null until it has a text. */
  search: string | null;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

/** The text as it was read, where the chunks hold it changed by transformations. Never of a redacted document. */
export interface OriginalTextsTable {
  documentId: string;
  userId: string;
  text: string;
  metadata: Json<Metadata>;
}

/** One page of a scan, or one picture, as text recognition has read it. */
export interface RecognisedPagesTable {
  userId: string;
  contentHash: string;
  /** The engine and the languages. */
  settings: string;
  /** From 0. */
  page: number;
  text: string;
  /** From 0 to 100. */
  confidence: number;
  createdAt: GeneratedTime;
}

export interface DocumentChunksTable {
  id: Generated<string>;
  userId: string;
  documentId: string;
  generation: string;
  ordinal: number;
  text: string;
  textHash: string;
  /** What the embedder read before the text; null in chunks of older versions. */
  embeddingContext: string | null;
  /** Null in chunks of older versions. */
  place: Json<ChunkPlace> | null;
  tokens: number;
  /** The text's words, as `content/words` makes them, behind the user's tag. */
  search: string | null;
}
