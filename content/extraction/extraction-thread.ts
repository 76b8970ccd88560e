/** Runs in a worker thread (see `extractor.ts`). Errors cross the boundary as data: classes do not survive it. */

import { isSyncError, type SyncErrorKind } from '../../domain/errors.ts';
import {
  type Exclusion,
  type ItemFacts,
  type PreviewRequest,
  type ReadDocument,
  type Transformation,
  type TransformationPreview,
} from '../../domain/transformations.ts';
import { excludedByFacts } from '../transformations/registry.ts';
import { type ExtractionInput, extractDocument } from './extract-document.ts';
import { previewDocument, transformDocument, type TransformInput, type TransformResult } from './transform-document.ts';

export type ThreadResult<Answer> =
  | { readonly answer: Answer }
  | { readonly kind: SyncErrorKind; readonly code: string; readonly message: string; readonly operatorMessage: string };

export interface FactsInput {
  readonly items: readonly ItemFacts[];
  readonly transformations: readonly Transformation[];
}

export async function read(input: ExtractionInput): Promise<ThreadResult<ReadDocument>> {
  return await asData(async () => await extractDocument(input));
}

export async function transform(input: TransformInput): Promise<ThreadResult<TransformResult>> {
  return await asData(() => transformDocument(input));
}

export async function preview(request: PreviewRequest): Promise<ThreadResult<TransformationPreview>> {
  return await asData(() => previewDocument(request));
}

/** For each item, why facts alone leave it out, or null. */
export async function judge({ items, transformations }: FactsInput): Promise<ThreadResult<(Exclusion | null)[]>> {
  return await asData(() => items.map((facts) => excludedByFacts(facts, transformations)));
}

async function asData<Answer>(work: () => Answer | Promise<Answer>): Promise<ThreadResult<Answer>> {
  try {
    return { answer: await work() };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const { kind, code, message, operatorMessage } = error;
    return { kind, code, message, operatorMessage };
  }
}
