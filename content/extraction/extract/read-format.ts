import { parse } from 'csv-parse/sync';
import { SyncError } from '../../../domain/errors.ts';
import type { Format } from '../media-types.ts';
import { decodeText } from '../normalise.ts';
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
      return readJson(decodeText(bytes));
    case 'csv':
      return await readCsv(decodeText(bytes));
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

/** Indented, so that it has lines to cut at; what is no JSON after all is still text. */
function readJson(text: string): ExtractedText {
  try {
    return { text: JSON.stringify(JSON.parse(text), null, 1) };
  } catch {
    return { text };
  }
}

async function readCsv(text: string): Promise<ExtractedText> {
  const { rowsToText } = await import('./office.ts');
  const firstLine = text.slice(0, text.indexOf('\n') + 1 || undefined);
  const delimiter = ['\t', ';', ','].find((candidate) => firstLine.includes(candidate)) ?? ',';
  try {
    const rows = parse(text, { delimiter, bom: true, relaxColumnCount: true, relaxQuotes: true, skipEmptyLines: true });
    return { text: rowsToText(rows), metadata: { rows: rows.length } };
  } catch (error) {
    throw new SyncError('unreadable', { code: 'corrupt', message: 'The table cannot be read as CSV.', cause: error });
  }
}
