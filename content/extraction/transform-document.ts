import type { ExtractedDocument } from '../../domain/documents.ts';
import { SyncError } from '../../domain/errors.ts';
import {
  type Exclusion,
  type ItemFacts,
  type PreviewedText,
  type PreviewRequest,
  type ReadDocument,
  type Transformation,
  transformationCodes,
  type TransformationPreview,
} from '../../domain/transformations.ts';
import type { Chunking, Transformed } from '../transformations/registry.ts';
import { chunkText } from './chunk.ts';
import { normalize } from './normalize.ts';
import { withTitle } from './titled.ts';

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
export async function transformDocument({
  document,
  facts,
  transformations,
}: TransformInput): Promise<TransformResult> {
  const result = await applyAll(document, facts, transformations);
  if ('excluded' in result) return result;
  const { title, contentHash, metadata } = result.document;
  const text = transformations.length === 0 ? result.document.text : normalize(result.document.text);
  if (text === '') {
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
      chunks: withTitle(chunkText(text, result.chunking, { isPaged: 'pages' in document.metadata }), facts.name),
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
  const changed = { ...result.document, text: normalize(result.document.text) };
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
    chunksToEmbed: withTitle(chunkText(changed.text, result.chunking), facts.name).filter(
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
