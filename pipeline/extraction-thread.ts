/** Runs in a worker thread (see `extractor.ts`). Errors cross the boundary as data: classes do not survive it. */

import type { ExtractedDocument } from '../domain/documents.ts';
import { isSyncError, type SyncErrorKind } from '../domain/errors.ts';
import { type ExtractionInput, extractDocument } from './extract-document.ts';

export type ThreadResult =
  | { readonly document: ExtractedDocument }
  | { readonly kind: SyncErrorKind; readonly code: string; readonly message: string; readonly operatorMessage: string };

export default async function extractInThread(input: ExtractionInput): Promise<ThreadResult> {
  try {
    return { document: await extractDocument(input) };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const { kind, code, message, operatorMessage } = error;
    return { kind, code, message, operatorMessage };
  }
}
