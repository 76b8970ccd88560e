import type { Format } from '../media-types.ts';
import { decodeText } from '../normalise.ts';
import { indentJson } from './json.ts';
import type { ExtractedText } from './extracted-text.ts';

/**
 * Reads one format. The heavy readers are loaded when first needed, so that a process that only reads text stays small.
 * @throws whatever a reader throws; the caller turns it into `corrupt`
 */
export async function readFormat(format: Format, bytes: Uint8Array): Promise<ExtractedText> {
  switch (format) {
    case 'text':
    case 'markdown':
      return { text: decodeText(bytes) };
    case 'json':
      return { text: indentJson(decodeText(bytes)) };
    case 'csv':
      return (await import('./csv.ts')).extractCsv(decodeText(bytes));
    case 'html':
      return (await import('./html.ts')).extractHtml(decodeText(bytes));
    case 'pdf':
      return await (await import('./pdf.ts')).extractPdf(bytes);
    case 'docx':
      return await (await import('./office.ts')).extractDocx(bytes);
    case 'pptx':
      return (await import('./office.ts')).extractPptx(bytes);
    case 'xlsx':
      return await (await import('./office.ts')).extractXlsx(bytes);
    case 'email':
      return await (await import('./email.ts')).extractEmail(bytes);
  }
}
