/**
 * A document between reading and embedding. The reader encodes it, and the embedding step decodes what it works with:
 * the texts, words and places of the chunks, most of the bytes, stay as they are until the database has them.
 */

import {
  type Chunk,
  type ExtractedDocument,
  type MemberDocument,
  type StagedChunk,
  type StagedDocument,
} from '../../domain/documents.ts';
import { type Note, storableDocument } from '../../domain/storable.ts';
import { encodeVector } from '../words/word-vector.ts';

/** The reader and the index for which a document is encoded. */
export interface StagingTarget {
  /** The reader's version: documents staged by another version are not used. */
  readonly version: string;
  /** The tag of the user's words in the full-text index. */
  readonly tag: string;
}

/** Increased when the same document is encoded in another way. */
const encoding = 2;

function encodedAs(version: string): string {
  return `${version}/${encoding}`;
}

type Shape<T> = Readonly<Record<keyof T, 'string' | 'number' | 'object' | 'array'>>;

/** The fields of a chunk that are read besides its bytes. */
type ChunkHead = Pick<StagedChunk, 'textHash' | 'tokens'>;

/** A document or a file in an archive, with the heads of its chunks instead of the chunks. */
type DocumentHead<Document> = Omit<Document, 'chunks' | 'members'> & { readonly chunks: readonly ChunkHead[] };

interface Head {
  readonly version: unknown;
  readonly notes: readonly Note[];
  readonly document: DocumentHead<ExtractedDocument>;
  readonly members?: readonly DocumentHead<MemberDocument>[];
}

/**
 * The fields that every staged document must have. A new field of the type does not compile until it is added here;
 * older files are then read again.
 */
const documentShape: Shape<Omit<ExtractedDocument, 'original' | 'members'>> = {
  title: 'string',
  contentHash: 'string',
  metadata: 'object',
  chunks: 'array',
  originalPlace: 'string',
};
const memberShape: Shape<Omit<MemberDocument, 'original'>> = { ...documentShape, path: 'string', mimeType: 'string' };
const chunkShape: Shape<ChunkHead> = { textHash: 'string', tokens: 'number' };
/** The fields of a chunk that stay bytes: see `fieldsOf`. */
const fieldsPerChunk = 5;

/** Each field is preceded by its length in four bytes; this length marks an absent one. */
const lengthBytes = 4;
const absent = 0xffff_ffff;

/** Makes a document storable and encodes it with its members: a head as JSON, then the fields of each chunk. */
export function encodeStaged(extracted: ExtractedDocument, { version, tag }: StagingTarget): Uint8Array {
  const {
    document: { members = [], ...document },
    notes,
  } = storableDocument(extracted);
  const head: Head = { version: encodedAs(version), notes, document: headOf(document), members: members.map(headOf) };
  const chunks = [document, ...members].flatMap((one) => one.chunks);
  return toFields([JSON.stringify(head), ...chunks.flatMap((chunk) => fieldsOf(chunk, tag))]);
}

function headOf<Document extends Omit<ExtractedDocument, 'members'>>(document: Document) {
  return { ...document, chunks: document.chunks.map(({ textHash, tokens }) => ({ textHash, tokens })) };
}

type Field = string | Uint8Array | null;

function fieldsOf(chunk: Chunk, tag: string): Field[] {
  const context = contextOf(chunk);
  const embeddingText = context === null ? chunk.embeddingText : null;
  return [chunk.text, context, embeddingText, encodeVector(tag, chunk.words), JSON.stringify(chunk.place)];
}

/** See `StagedChunk`. The text is well formed, because it is storable. */
function contextOf({ text, embeddingText }: Chunk): string | null {
  const own = text.trim();
  return embeddingText.endsWith(own) ? embeddingText.slice(0, embeddingText.length - own.length) : null;
}

/** Written in one piece, because a document has dozens of fields and a buffer for each costs more than its bytes. */
function toFields(fields: readonly Field[]): Buffer {
  const lengths = fields.map((field) => (field === null ? 0 : Buffer.byteLength(field)));
  const all = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + lengthBytes + length, 0));
  let at = 0;
  for (const [i, field] of fields.entries()) {
    const length = lengths[i] ?? 0;
    at = all.writeUInt32BE(field === null ? absent : length, at);
    if (typeof field === 'string') all.write(field, at);
    else if (field !== null) all.set(field, at);
    at += length;
  }
  return all;
}

/**
 * A job may continue across an update of Headwater: a document staged by an older worker (or, after a rollback, a newer
 * one) may be encoded in another way or lack required fields.
 * @returns null if it was staged by another version or is incomplete: the item must be read again
 */
export function decodeStaged(
  bytes: Uint8Array,
  version: string,
): { readonly document: StagedDocument; readonly notes: readonly Note[] } | null {
  const [first, ...fields] = readFields(bytes);
  const head = first === undefined || first === null ? null : parse(first);
  if (head?.version !== encodedAs(version) || !Array.isArray(head.notes)) return null;
  const { document, members = [] } = head;
  const isWhole = isComplete(document, documentShape) && members.every((member) => isComplete(member, memberShape));
  if (!isWhole) return null;
  const heads = [document, ...members].flatMap((one) => one.chunks);
  if (fields.length !== fieldsPerChunk * heads.length) return null;
  const chunks = heads.flatMap((chunk, i) =>
    toChunk(chunk, fields.slice(fieldsPerChunk * i, fieldsPerChunk * (i + 1))),
  );
  if (chunks.length < heads.length) return null;
  let at = 0;
  const next = ({ chunks: { length } }: { readonly chunks: readonly unknown[] }): StagedChunk[] =>
    chunks.slice(at, (at += length));
  const own = { ...document, chunks: next(document) };
  const theirs = members.map((member) => ({ ...member, chunks: next(member) }));
  return { document: theirs.length === 0 ? own : { ...own, members: theirs }, notes: head.notes };
}

function isComplete(
  document: Pick<DocumentHead<ExtractedDocument>, 'chunks'>,
  shape: Readonly<Record<string, string>>,
): boolean {
  return has(document, shape) && document.chunks.every((chunk) => has(chunk, chunkShape));
}

/** @returns nothing if a field is missing */
function toChunk(head: ChunkHead, fields: readonly (Uint8Array | null)[]): StagedChunk[] {
  const [text, context = null, embeddingText = null, words, place] = fields;
  if (!text || !words || !place || (context ?? embeddingText) === null) return [];
  return [{ ...head, text, context, embeddingText, words, place }];
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text that is embedded. It is decoded only if it must be. */
export function embeddingTextOf({ text, context, embeddingText }: StagedChunk): string {
  if (context === null) return decoder.decode(embeddingText ?? undefined);
  return decoder.decode(context) + decoder.decode(text).trim();
}

/** @returns the fields up to the end, or up to the first whose length is wrong */
function readFields(bytes: Uint8Array): (Buffer | null)[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: (Buffer | null)[] = [];
  for (let at = 0; at + lengthBytes <= all.byteLength;) {
    const length = all.readUInt32BE(at);
    at += lengthBytes;
    if (length !== absent && at + length > all.byteLength) return fields;
    fields.push(length === absent ? null : all.subarray(at, at + length));
    at += length === absent ? 0 : length;
  }
  return fields;
}

function parse(json: Buffer): Head | null {
  try {
    return JSON.parse(json.toString()) as Head;
  } catch {
    return null;
  }
}

function has(value: unknown, shape: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return Object.entries(shape).every(([name, kind]) => {
    const field = fields.get(name);
    return kind === 'array' ? Array.isArray(field) : typeof field === kind && field !== null;
  });
}
