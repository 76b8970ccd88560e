import type { Chunk, ExtractedDocument } from '../../domain/documents.ts';
import type { Note } from '../../domain/storable.ts';

/** A document on its way from reading to embedding. */
export interface StagedDocument {
  readonly document: ExtractedDocument;
  readonly notes: readonly Note[];
}

type Shape<T> = Readonly<Record<keyof T, 'string' | 'number' | 'object' | 'array'>>;

/** What each must have. A field more in the type does not compile until it stands here, and older files are then read again. */
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

/** @param version of the reader: what another one staged is not taken for ours */
export function encodeStaged(staged: StagedDocument, version: string): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version, ...staged }));
}

/**
 * A job may cross an update of Headwater: what an older (or, rolled back, a newer) worker staged may lack what is needed today.
 * @returns null for what was staged by another version or is not whole: the item is to be read again
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
