import { type ExtractedDocument, type MemberDocument, memberTitle } from '../../domain/documents.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import {
  type Exclusion,
  type ItemFacts,
  type PreviewedText,
  type PreviewRequest,
  type ReadDocument,
  type ReadMember,
  type Transformation,
  transformationCodes,
  type TransformationPreview,
} from '../../domain/transformations.ts';
import type { Chunking, Transformed } from '../transformations/registry.ts';
import { chunkText } from './chunk.ts';
import { normalizeText } from './normalize.ts';

/** Maximum length of a preview in characters, also for its chunks. */
const shownLength = 100_000;
const shownChunks = 200;
const diffTimeoutMs = 2000;

export interface TransformInput {
  readonly document: ReadDocument;
  readonly facts: ItemFacts;
  readonly transformations: readonly Transformation[];
}

export type TransformResult = { readonly excluded: Exclusion } | { readonly document: ExtractedDocument };

/**
 * Applies the owner's transformations to the read text and makes chunks and hashes.
 * @throws SyncError `unreadable` with code `transformation_no_text` if nothing is left
 */
export async function transformDocument(input: TransformInput): Promise<TransformResult> {
  const { members } = input.document;
  if (members === undefined) return await transformOne(input, input.facts.name);
  return await transformArchive(input, members);
}

/**
 * Transforms each file of an archive as a document of its own. What a transformation does to one does not affect the
 * others. The archive's own text is the list of its files; it may be excluded without them, but not they without it.
 */
async function transformArchive(
  { document, facts, transformations }: TransformInput,
  members: readonly ReadMember[],
): Promise<TransformResult> {
  const kept: MemberDocument[] = [];
  let reason: TransformResult | SyncError | undefined;
  for (const { path, mimeType, size, ...member } of members) {
    const itsFacts = { ...facts, name: nameOf(path), path: `${facts.path}!/${path}`, mimeType, size };
    const input = { document: member, facts: itsFacts, transformations };
    const result = await transformOne(input, memberTitle(facts.name, path)).catch(asTransformed);
    if ('document' in result) kept.push({ ...result.document, path, mimeType });
    else reason ??= result;
  }
  if (kept.length === 0 && reason !== undefined) {
    if (isSyncError(reason)) throw reason;
    return reason;
  }
  const list = await transformOne({ document, facts, transformations }, facts.name).catch(asTransformed);
  const { title, contentHash, metadata, chunks } = 'document' in list ? list.document : { ...document, chunks: [] };
  // An archive's files are read together, so it is fetched again when any of them is to be read again.
  return { document: { title, contentHash, metadata, chunks, originalPlace: 'nowhere', members: kept } };
}

/** A file without text after its transformations is left out like one that is excluded. */
function asTransformed(error: unknown): SyncError {
  if (isSyncError(error) && error.code === transformationCodes.noText) return error;
  throw error;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** @param shownTitle the title under which the document is stored, which is embedded with each chunk */
async function transformOne(
  { document, facts, transformations }: TransformInput,
  shownTitle: string,
): Promise<TransformResult> {
  const result = await applyAll(document, facts, transformations);
  if ('excluded' in result) return result;
  const { title, contentHash, metadata } = result.document;
  const text = transformations.length === 0 ? result.document.text : normalizeText(result.document.text);
  if (text.trim() === '') {
    throw new SyncError('unreadable', {
      code: transformationCodes.noText,
      message: 'No text is left after your transformations.',
    });
  }
  const original = result.original === 'beside' ? { text: document.text, metadata: document.metadata } : undefined;
  return {
    document: {
      title,
      contentHash,
      metadata,
      chunks: chunkText(text, result.chunking, { isPaged: 'pages' in document.metadata, title: shownTitle }),
      originalPlace: result.original,
      ...(original === undefined ? {} : { original }),
    },
  };
}

/** The code of the transformations takes a third of a second to load, so a reader that needs none does not load it. */
async function applyAll(
  document: ReadDocument,
  facts: ItemFacts,
  transformations: readonly Transformation[],
): Promise<Transformed> {
  if (transformations.length === 0) return { document, chunking: null, original: 'chunks' };
  const { applyTransformations } = await import('../transformations/registry.ts');
  return applyTransformations(document, facts, transformations);
}

/** Does the same and returns the result beside the original. */
export async function previewDocument({
  document,
  facts,
  transformations,
  liveHashes,
}: PreviewRequest): Promise<TransformationPreview> {
  const before = shown(document, null);
  const result = await applyAll(document, facts, transformations);
  if ('excluded' in result) return { ...result, before, after: null, diff: null, chunksToEmbed: 0 };
  const changed = { ...result.document, text: normalizeText(result.document.text) };
  const after = shown(changed, result.chunking);
  const live = new Set(liveHashes);
  const { diffWordsWithSpace } = await import('diff');
  const diff = diffWordsWithSpace(before.text, after.text, { timeout: diffTimeoutMs });
  return {
    excluded: null,
    before,
    after,
    diff:
      diff?.map(({ value, added, removed }) => ({
        kind: added ? 'added' : removed ? 'removed' : 'same',
        text: value,
      })) ?? null,
    chunksToEmbed: chunkText(changed.text, result.chunking, { title: facts.name }).filter(
      (chunk) => !live.has(chunk.textHash),
    ).length,
  };
}

function shown({ text, metadata }: ReadDocument, chunking: Chunking | null): PreviewedText {
  const chunks = chunkText(text, chunking);
  return {
    text: text.slice(0, shownLength).toWellFormed(),
    characters: text.length,
    isCut: text.length > shownLength || chunks.length > shownChunks,
    chunkCount: chunks.length,
    chunks: chunks.slice(0, shownChunks).map((chunk, ordinal) => ({ ordinal, text: chunk.text, tokens: chunk.tokens })),
    metadata,
  };
}
