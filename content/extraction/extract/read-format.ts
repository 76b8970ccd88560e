import type { RecognizedPage } from '../../../domain/reading.ts';
import { decodeText } from '../decode.ts';
import type { Format } from '../media-types.ts';
import type { ExtractedText } from './extracted-text.ts';

type Reader = (
  bytes: Uint8Array,
  recognized: readonly RecognizedPage[] | null,
  name: string,
) => ExtractedText | Promise<ExtractedText>;

/** Heavy readers are loaded on first use, so that a process that reads only text stays small. */
const readers: Readonly<Record<Format, Reader>> = {
  text: async (bytes) => (await import('./markup.ts')).extractPlain(decodeText(bytes)),
  markdown: async (bytes) => (await import('./markup.ts')).extractMarkdown(decodeText(bytes)),
  org: async (bytes) => (await import('./markup.ts')).extractOrg(decodeText(bytes)),
  'light-markup': async (bytes, _recognized, name) =>
    (await import('./light-markup.ts')).extractLightMarkup(decodeText(bytes), name),
  tex: async (bytes) => (await import('./tex.ts')).extractTex(decodeText(bytes)),
  subtitles: async (bytes) => (await import('./markup.ts')).extractSubtitles(decodeText(bytes)),
  json: async (bytes) => ({ text: (await import('./json.ts')).readableJson(decodeText(bytes)) }),
  notebook: async (bytes) => (await import('./json.ts')).extractNotebook(decodeText(bytes)),
  csv: async (bytes) => (await import('./csv.ts')).extractCsv(decodeText(bytes)),
  html: async (bytes) => (await import('./html.ts')).extractHtml(decodeText(bytes)),
  pdf: async (bytes, recognized) => await (await import('./pdf.ts')).extractPdfWithFiles(bytes, recognized),
  archive: async (bytes, _recognized, name) => await (await import('./members.ts')).extractArchive(bytes, name),
  iwork: async (bytes, recognized) => await (await import('./iwork.ts')).extractIwork(bytes, recognized),
  hwp: async (bytes) => (await import('./hwp.ts')).extractHwp(bytes),
  hwpx: async (bytes) => (await import('./hwp.ts')).extractHwpx(bytes),
  onenote: async (bytes) => (await import('./onenote.ts')).extractOneNote(bytes),
  tnef: async (bytes) => await (await import('./tnef.ts')).extractTnef(bytes),
  visio: async (bytes) => (await import('./visio.ts')).extractVisio(bytes),
  xps: async (bytes) => (await import('./xps.ts')).extractXps(bytes),
  mobi: async (bytes) => (await import('./mobi.ts')).extractMobi(bytes),
  picture: async (bytes, recognized) => (await import('./picture.ts')).extractPicture(bytes, recognized),
  docx: async (bytes) => await (await import('./docx.ts')).extractDocx(bytes),
  pptx: async (bytes) => (await import('./pptx.ts')).extractPptx(bytes),
  xlsx: async (bytes) => (await import('./spreadsheet.ts')).extractSpreadsheet(bytes),
  opendocument: async (bytes) => (await import('./opendocument.ts')).extractOpenDocument(bytes),
  rtf: async (bytes) => (await import('./rtf.ts')).extractRtf(bytes),
  epub: async (bytes) => (await import('./epub.ts')).extractEpub(bytes),
  doc: async (bytes) => await (await import('./old-office.ts')).extractDoc(bytes),
  ppt: async (bytes) => (await import('./old-office.ts')).extractPpt(bytes),
  email: async (bytes, _recognized, name) => await (await import('./email.ts')).extractEmail(bytes, name),
  signed: async (bytes, _recognized, name) => await (await import('./signed.ts')).extractSigned(bytes, name),
  protected: async (bytes, _recognized, name) =>
    await (await import('./protected-package.ts')).extractProtected(bytes, name),
  mhtml: async (bytes) => await (await import('./email.ts')).extractMhtml(bytes),
  mailbox: async (bytes) => await (await import('./email.ts')).extractMailbox(bytes),
  outlook: async (bytes) => await (await import('./outlook.ts')).extractOutlook(bytes),
  contacts: async (bytes) => (await import('./contacts.ts')).extractContacts(decodeText(bytes)),
  manual: async (bytes) => (await import('./manual.ts')).extractManual(decodeText(bytes)),
  xml: async (bytes) => (await import('./xml-text.ts')).extractXml(bytes),
  'property-list': async (bytes) => (await import('./property-list.ts')).extractPropertyList(bytes),
  calendar: async (bytes) => (await import('./calendar.ts')).extractCalendar(decodeText(bytes)),
};

/**
 * Reads one format.
 * @param recognized the pages recognized so far; null if text recognition is off
 * @param name the file's own
 * @throws any error of the reader; the caller converts it to `corrupt`
 */
export async function readFormat(
  format: Format,
  bytes: Uint8Array,
  recognized: readonly RecognizedPage[] | null,
  name: string,
): Promise<ExtractedText> {
  return await readers[format](bytes, recognized, name);
}
