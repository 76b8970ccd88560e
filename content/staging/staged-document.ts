import type { Chunk, ExtractedDocument } from '../../domain/documents.ts';
import type { Note } from '../../domain/storable.ts';

/** A document between reading and embedding. */
export interface StagedDocument {
  readonly document: ExtractedDocument;
  readonly notes: readonly Note[];
}

type Shape<T> = Readonly<Record<keyof T, 'string' | 'number' | 'object' | 'array'>>;

/**
 * The fields that every staged document must have. A new field of the type does not compile until it is added here;
 * older files are then read again.
 */
const documentShape: Shape<Omit<ExtractedDocument, 'original'>> = {
  title: 'string',
  contentHash: 'string',
  metadata: 'object',
  chunks: 'array',
  originalPlace: 'string',
};
const chunkShape: Shape<Chunk> = {
  text: 'string',
  embeddingText: 'string',
  textHash: 'string',
  tokens: 'number',
  words: 'string',
  place: 'object',
};

/** @param version the reader's version: documents staged by another version are not used */
export function encodeStaged(staged: StagedDocument, version: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version, ...staged }));
}

/**
 * A job may continue across an update of Headwater: a document staged by an older worker (or, after a rollback, a newer
 * one) may lack required fields.
 * @returns null if it was staged by another version or is incomplete: the item must be read again
 */
export function decodeStaged(bytes: Uint8Array, version: string): StagedDocument | null {
  const staged = parse(bytes);
  if (staged?.version !== version || !Array.isArray(staged.notes)) return null;
  const { document } = staged;
  const isWhole = has(document, documentShape) && document.chunks.every((chunk) => has(chunk, chunkShape));
  return isWhole ? { document, notes: staged.notes } : null;
}

function parse(bytes: Uint8Array): (StagedDocument & { readonly version: unknown }) | null {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as StagedDocument & { readonly version: unknown };
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
