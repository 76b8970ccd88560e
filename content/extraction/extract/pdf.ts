import { extractText, getDocumentProxy } from 'unpdf';
import { SyncError } from '../../../domain/errors.ts';
import type { ExtractedText } from './extracted-text.ts';

const maxPages = 3000;

/** @throws SyncError `unreadable`: `encrypted`, `too_many_pages`, `no_text` for a scan */
export async function extractPdf(bytes: Uint8Array): Promise<ExtractedText> {
  try {
    const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
    if (document.numPages > maxPages) {
      throw new SyncError('unreadable', {
        code: 'too_many_pages',
        message: `The PDF has more than ${maxPages} pages.`,
      });
    }
    const { text } = await extractText(document, { mergePages: false });
    const pages = text.length;
    const joined = text.map((page) => page.trim()).join('\n\n');
    if (joined.trim() === '') {
      throw new SyncError('unreadable', {
        code: 'no_text',
        message: 'The PDF holds pictures of text only (a scan); text recognition is not done.',
      });
    }
    return { text: joined, metadata: { pages } };
  } catch (error) {
    if (Error.isError(error) && error.name === 'PasswordException') {
      throw new SyncError('unreadable', { code: 'encrypted', message: 'The PDF is protected by a password.' });
    }
    throw error;
  }
}
