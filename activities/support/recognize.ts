/**
 * Reads a document whose pages may be pictures of text: which pages are stored already, which have to be recognized,
 * and when.
 */

import { findRecognizedPages, keepRecognizedPage, type RecognitionKey } from '../../db/documents/recognized-pages.ts';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import {
  type ExtractionInput,
  isUnfinishedReading,
  type RecognizedPage,
  unfinishedReadings,
} from '../../domain/reading.ts';
import type { ReadDocument } from '../../domain/transformations.ts';
import type { ActivityTransactions } from './activity.ts';
import type { ActivityDependencies, TextRecognition } from './dependencies.ts';

export interface Reading extends Pick<ActivityTransactions, 'asUser'> {
  readonly userId: string;
  readonly signal: AbortSignal;
  /** Whether there is time to recognize text; otherwise a document that needs it is deferred. */
  readonly mayRecognize: boolean;
}

/**
 * Returns a scan with its text, as far as it can be recognized.
 * @param first what was read without recognition
 * @returns null if the document has to be deferred
 * @throws SyncError like `extract`; `scan_too_long`; `recognition_timeout`
 */
export async function readScan(
  deps: ActivityDependencies,
  input: ExtractionInput,
  first: ReadDocument,
  { asUser, userId, signal, mayRecognize }: Reading,
): Promise<ReadDocument | null> {
  const { recognition } = deps;
  const { scannedPages = [], contentHash } = first;
  if (recognition === null || scannedPages.length === 0) return first;
  if (scannedPages.length > recognition.maxPages) {
    if (first.text.trim() !== '') return await deps.extract(input, signal, userId);
    throw tooLong(scannedPages.length, recognition.maxPages);
  }
  const key = { userId, contentHash, settings: recognition.settings };
  const kept = await asUser((trx) => findRecognizedPages(trx, key));
  const known = new Set(kept.map(({ page }) => page));
  const missing = scannedPages.filter((page) => !known.has(page));
  if (missing.length > 0 && !mayRecognize) return null;
  const work = { asUser, recognition, key, bytes: input.bytes, signal };
  const found = missing.length === 0 ? [] : await recognizePages(work, missing, kept.length > 0);
  return await deps.extract({ ...input, recognized: [...kept, ...found] }, signal, userId);
}

interface Work extends Pick<ActivityTransactions, 'asUser'> {
  readonly recognition: TextRecognition;
  readonly key: RecognitionKey;
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal;
}

/**
 * Recognizes page after page and stores each at once, so that a crash costs one page. A page that is given up or cannot
 * be rendered does not affect the others. It is not stored, because the cause may be the machine.
 * @throws SyncError the page's error if no page of the document could be read
 */
async function recognizePages(
  { asUser, recognition, key, bytes, signal }: Work,
  pages: readonly number[],
  isBegun: boolean,
): Promise<RecognizedPage[]> {
  const until = performance.now() + recognition.maxMsPerDocument;
  const found: RecognizedPage[] = [];
  let error: SyncError | undefined;
  for (const page of pages) {
    if (performance.now() > until) throw outOfTime(recognition.maxMsPerDocument);
    try {
      const read = await recognition.recognize({ bytes, page }, signal, key.userId);
      await asUser((trx) => keepRecognizedPage(trx, key, read));
      found.push(read);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isSyncError(thrown) || !isOfThePage(thrown)) throw thrown;
      error = thrown;
      found.push({ page, text: '', confidence: null });
    }
  }
  const isNothingRead = !isBegun && found.every(({ confidence }) => confidence === null);
  if (isNothingRead && error !== undefined) throw error;
  return found;
}

function isOfThePage({ code, kind }: SyncError): boolean {
  return isUnfinishedReading(code) || kind === 'unreadable' || kind === 'too_large';
}

function tooLong(pages: number, maxPages: number): SyncError {
  return new SyncError('too_large', {
    code: 'scan_too_long',
    message: `The document is a scan of ${pages} pages, more than the limit of ${maxPages} for text recognition.`,
  });
}

function outOfTime(ms: number): SyncError {
  return new SyncError('unreadable', {
    code: unfinishedReadings.recognitionTimeout,
    message: `Text recognition of this scan took longer than ${Math.round(ms / 60_000)} minutes. The recognized pages are kept, and the next sync continues from there.`,
  });
}
