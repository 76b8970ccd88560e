import type { RecognizedPage } from '../../../domain/reading.ts';
import { drawPage } from '../extract/pdf-scans.ts';
import { isPicture, pageOfPicture } from '../extract/picture.ts';
import { recognize } from './tesseract.ts';

export interface RecognitionInput {
  readonly bytes: Uint8Array;
  /** The page, from 0. */
  readonly page: number;
  /** Tesseract's names, joined by "+". */
  readonly languages: string;
}

/**
 * Recognizes the text of one page of a scanned PDF, or of one image.
 * @throws SyncError `unreadable`, `too_large`
 */
export async function recognizePage({ bytes, page, languages }: RecognitionInput): Promise<RecognizedPage> {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024));
  const isPdf = start.includes('%PDF-') && !isPicture(bytes);
  const picture = isPdf ? await drawPage(bytes, page) : pageOfPicture(bytes, page);
  return { page, ...(await recognize(picture, languages)) };
}
