import type { Generated } from 'kysely';
import type { ChunkPlace } from '../../domain/documents.ts';
import type { ItemType } from '../../domain/source.ts';
import type { Metadata, OriginalPlace } from '../../domain/transformations.ts';
import type { BigInteger, GeneratedTime, Json, Time } from './columns.ts';

export interface DocumentsTable {
  id: Generated<string>;
  userId: string;
  /** Null after its source was deleted with `keepDocuments`. */
  dataSourceId: string | null;
  /** The item's id; a file in an archive has that of the archive. */
  externalId: string;
  /** The document of the archive around this file; null for all others. */
  archiveId: string | null;
  /** The place in the archive; null for all others. */
  memberPath: string | null;
  itemType: ItemType;
  title: string;
  mimeType: string | null;
  sourceUrl: string | null;
  /** sha-256 of the bytes from which the text was extracted. */
  contentHash: string;
  metadata: Json<Record<string, string | number | boolean>>;
  modifiedAt: Time | null;
  /** Counts the versions that went live: 1 for the first text, 0 if there is no text yet. */
  version: Generated<number>;
  liveGeneration: string | null;
  pipelineVersion: string;
  chunkCount: Generated<number>;
  tokens: Generated<number>;
  /** The place of the original text: see `OriginalPlace`. */
  original: Generated<OriginalPlace>;
  /** The words of the title; null until the document has a text. */
  search: string | null;
  createdAt: GeneratedTime;
  updatedAt: GeneratedTime;
}

/**
 * The original text of documents whose chunks contain transformed text. A redacted document's original is never stored.
 */
export interface OriginalTextsTable {
  documentId: string;
  userId: string;
  text: string;
  metadata: Json<Metadata>;
}

/** One page of a scan, or one picture, as text recognition has read it. */
export interface RecognizedPagesTable {
  userId: string;
  contentHash: string;
  /** The engine and the languages by which the page was recognized. */
  settings: string;
  /** Counted from 0. */
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
  /** The text that was embedded before the chunk's own text; null in chunks of older versions. */
  embeddingContext: string | null;
  /** Null in chunks of older versions. */
  place: Json<ChunkPlace> | null;
  tokens: number;
  /** The words of the text from `content/words`, each after the user's tag. */
  search: string | null;
}

/** The last change of a kind to a document: see `db/documents/changes.ts`. */
export interface DocumentChangesTable {
  userId: string;
  /** In the order of commits within one user. */
  position: BigInteger;
  documentId: string;
  kind: 'created' | 'updated' | 'deleted';
  /** Null for a document without a source. */
  dataSourceId: string | null;
  at: GeneratedTime;
}

/** One row for each user who has read the feed of changes since their last erasure. */
export interface DocumentFeedsTable {
  userId: string;
  id: Generated<string>;
  /** Deletions up to this time are no longer in the feed; null if none has been forgotten. */
  forgottenUntil: Time | null;
}
