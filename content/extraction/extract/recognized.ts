import type { RecognizedPage } from '../../../domain/reading.ts';
import type { ExtractedText } from './extracted-text.ts';

interface Merged {
  readonly texts: readonly string[];
  /** Pages that still wait for text recognition. */
  readonly scannedPages: readonly number[];
  readonly metadata: NonNullable<ExtractedText['metadata']>;
}

/** Merges the recognized text into the pages, with the facts that the document's owner sees. */
export function mergeRecognized(
  own: readonly string[],
  scanned: readonly number[],
  recognized: readonly RecognizedPage[] | null,
): Merged {
  if (recognized === null || scanned.length === 0) return { texts: own, scannedPages: [], metadata: {} };
  const byPage = new Map(recognized.map((page) => [page.page, page]));
  const wanted = new Set(scanned);
  const texts = own.map((text, i) => {
    const found = wanted.has(i) ? (byPage.get(i)?.text ?? '') : '';
    return [text, found].filter((part) => part.trim() !== '').join('\n');
  });
  const scannedPages = scanned.filter((page) => !byPage.has(page));
  return { texts, scannedPages, metadata: describe(scanned.flatMap((page) => byPage.get(page) ?? [])) };
}

/** Confidence is the mean over the pages, weighted by the length of their text. */
function describe(pages: readonly RecognizedPage[]): NonNullable<ExtractedText['metadata']> {
  const read = pages.filter((page) => page.text !== '');
  const length = read.reduce((sum, page) => sum + page.text.length, 0);
  const weighed = read.reduce((sum, page) => sum + (page.confidence ?? 0) * page.text.length, 0);
  const unread = pages.filter((page) => page.confidence === null).length;
  return {
    recognisedPages: read.length,
    ...(length === 0 ? {} : { recognitionConfidence: Math.round(weighed / length) }),
    ...(unread === 0 ? {} : { pagesNotRecognised: unread }),
  };
}
