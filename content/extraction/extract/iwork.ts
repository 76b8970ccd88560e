import type { RecognizedPage } from '../../../domain/reading.ts';
import { SyncError } from '../../../domain/errors.ts';
import { openArchive } from './archive.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractPdf } from './pdf.ts';

const previews = ['QuickLook/Preview.pdf', 'preview.pdf'];

/**
 * Reads Pages, Numbers and Keynote: the PDF that they keep inside for a preview.
 * @throws SyncError `unsupported` if there is none; the format itself is Apple's own
 */
export async function extractIwork(
  bytes: Uint8Array,
  recognized: readonly RecognizedPage[] | null,
): Promise<ExtractedText> {
  const { read } = openArchive(bytes);
  const preview = previews.map((name) => read(name)).find((part) => part !== undefined);
  if (preview !== undefined) return await extractPdf(preview, recognized);
  throw new SyncError('unsupported', {
    code: 'unsupported_type',
    message:
      'Files of Apple Pages, Numbers and Keynote can only be read if they contain a PDF preview. Export this one as PDF, Word, Excel or PowerPoint.',
  });
}
