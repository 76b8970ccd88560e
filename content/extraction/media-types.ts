/**
 * Decides which files can be read, by media type and, if the source states none or a vague one, by file name.
 * `sniff.ts` examines the content later.
 */

import { SyncError } from '../../domain/errors.ts';
import type { ItemRef, SkipReason } from '../../domain/source.ts';
import { cannotBeRead, reasonByName } from './foreign-kinds.ts';

export const formats = [
  'text',
  'markdown',
  'html',
  'csv',
  'json',
  'pdf',
  'docx',
  'pptx',
  'xlsx',
  'opendocument',
  'rtf',
  'epub',
  'doc',
  'ppt',
  'email',
  'outlook',
  'mailbox',
  'mhtml',
  'calendar',
  'subtitles',
  'notebook',
  'tex',
  'org',
  'light-markup',
  'manual',
  'contacts',
  'xml',
  'property-list',
  'picture',
  'archive',
  'iwork',
  'hwp',
  'hwpx',
  'onenote',
  'signed',
  'tnef',
  'visio',
  'xps',
  'mobi',
  'protected',
] as const;
export type Format = (typeof formats)[number];

/** The names of formats for people, if they are not the format's own name in capitals. */
const spoken: Readonly<Partial<Record<Format, string>>> = {
  text: 'text',
  markdown: 'Markdown',
  xlsx: 'a spreadsheet',
  doc: 'a Word document',
  docx: 'a Word document',
  pptx: 'a presentation',
  ppt: 'a presentation',
  opendocument: 'an OpenDocument file',
  email: 'a message',
  outlook: 'an Outlook message',
  mailbox: 'a mailbox',
  mhtml: 'a saved web page',
  calendar: 'a calendar',
  subtitles: 'subtitles',
  notebook: 'a notebook',
  tex: 'TeX',
  org: 'an Org document',
  'light-markup': 'a text with markup',
  manual: 'a manual page',
  contacts: 'contacts',
  'property-list': 'a property list',
  iwork: 'a file of Pages, Numbers or Keynote',
  hwp: 'a Hangul document',
  hwpx: 'a Hangul document',
  onenote: 'a section of OneNote',
  picture: 'an image',
  archive: 'an archive',
  signed: 'a signed file',
  tnef: 'a message of Outlook (TNEF)',
  visio: 'a drawing of Visio',
  mobi: 'a book (Mobipocket)',
  protected: 'a protected file of Office',
};

/** The reason for the file's owner, if no reader can make sense of its content. */
export function damaged(format: Format): string {
  return `The file cannot be read as ${spoken[format] ?? format.toUpperCase()}. It may be damaged.`;
}

/** The error for a file that nobody can read without its password. */
export function encrypted(): SyncError {
  return new SyncError('unreadable', { code: 'encrypted', message: 'The file is protected by a password.' });
}

const office = 'application/vnd.openxmlformats-officedocument';
const openDocument = 'application/vnd.oasis.opendocument';

const byMediaType: Readonly<Record<string, Format>> = {
  'text/plain': 'text',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/json': 'json',
  'application/x-ndjson': 'json',
  'application/jsonl': 'json',
  'application/geo+json': 'json',
  'application/pdf': 'pdf',
  [`${office}.wordprocessingml.document`]: 'docx',
  [`${office}.wordprocessingml.template`]: 'docx',
  'application/vnd.ms-word.document.macroenabled.12': 'docx',
  'application/vnd.ms-word.template.macroenabled.12': 'docx',
  [`${office}.presentationml.presentation`]: 'pptx',
  [`${office}.presentationml.slideshow`]: 'pptx',
  [`${office}.presentationml.template`]: 'pptx',
  'application/vnd.ms-powerpoint.presentation.macroenabled.12': 'pptx',
  'application/vnd.ms-powerpoint.slideshow.macroenabled.12': 'pptx',
  [`${office}.spreadsheetml.sheet`]: 'xlsx',
  [`${office}.spreadsheetml.template`]: 'xlsx',
  'application/vnd.ms-excel.sheet.macroenabled.12': 'xlsx',
  'application/vnd.ms-excel.sheet.binary.macroenabled.12': 'xlsx',
  'application/vnd.ms-excel': 'xlsx',
  [`${openDocument}.spreadsheet`]: 'xlsx',
  [`${openDocument}.text`]: 'opendocument',
  [`${openDocument}.text-template`]: 'opendocument',
  [`${openDocument}.presentation`]: 'opendocument',
  [`${openDocument}.presentation-template`]: 'opendocument',
  [`${openDocument}.graphics`]: 'opendocument',
  [`${openDocument}.spreadsheet-template`]: 'xlsx',
  'application/rtf': 'rtf',
  'text/rtf': 'rtf',
  'application/epub+zip': 'epub',
  'application/vnd.apple.pages': 'iwork',
  'application/vnd.apple.numbers': 'iwork',
  'application/vnd.apple.keynote': 'iwork',
  'application/x-iwork-pages-sffpages': 'iwork',
  'application/x-iwork-numbers-sffnumbers': 'iwork',
  'application/x-iwork-keynote-sffkey': 'iwork',
  'application/x-hwp': 'hwp',
  'application/haansofthwp': 'hwp',
  'application/vnd.hancom.hwp': 'hwp',
  'application/hwp+zip': 'hwpx',
  'application/vnd.hancom.hwpx': 'hwpx',
  'application/vnd.ms-visio.drawing': 'visio',
  'application/vnd.ms-visio.drawing.main+xml': 'visio',
  'application/vnd.ms-visio.drawing.macroenabled.12': 'visio',
  'application/vnd.visio2013': 'visio',
  'application/vnd.ms-xpsdocument': 'xps',
  'application/oxps': 'xps',
  'application/x-mobipocket-ebook': 'mobi',
  'application/vnd.amazon.ebook': 'mobi',
  'application/ms-tnef': 'tnef',
  'application/vnd.ms-tnef': 'tnef',
  'application/vnd.lotus-1-2-3': 'xlsx',
  'application/x-dbf': 'xlsx',
  'application/dbf': 'xlsx',
  'application/vnd.sun.xml.writer': 'opendocument',
  'application/vnd.sun.xml.impress': 'opendocument',
  'application/vnd.sun.xml.draw': 'opendocument',
  'application/vnd.sun.xml.calc': 'xlsx',
  'application/onenote': 'onenote',
  'application/msonenote': 'onenote',
  'application/msword': 'doc',
  'application/vnd.ms-powerpoint': 'ppt',
  'message/rfc822': 'email',
  'application/vnd.ms-outlook': 'outlook',
  'application/mbox': 'mailbox',
  'multipart/related': 'mhtml',
  'text/calendar': 'calendar',
  'application/ics': 'calendar',
  'application/x-subrip': 'subtitles',
  'text/vtt': 'subtitles',
  'application/x-ipynb+json': 'notebook',
  'application/x-tex': 'tex',
  'text/x-tex': 'tex',
  'text/org': 'org',
  'text/xml': 'xml',
  'application/xml': 'xml',
  'application/rss+xml': 'xml',
  'application/atom+xml': 'xml',
  'image/svg+xml': 'xml',
  'text/vcard': 'contacts',
  'text/x-vcard': 'contacts',
  'text/directory': 'contacts',
  'text/troff': 'manual',
  'application/x-troff-man': 'manual',
  'application/yaml': 'text',
  'application/x-yaml': 'text',
  'application/toml': 'text',
  'image/png': 'picture',
  'image/jpeg': 'picture',
  'image/tiff': 'picture',
  'image/webp': 'picture',
  'image/gif': 'picture',
  'image/bmp': 'picture',
  'image/x-ms-bmp': 'picture',
  'application/zip': 'archive',
  'application/x-zip-compressed': 'archive',
  'application/gzip': 'archive',
  'application/x-gzip': 'archive',
  'application/x-tar': 'archive',
  'application/zstd': 'archive',
  'application/x-bzip2': 'archive',
  'application/x-xz': 'archive',
  'application/javascript': 'text',
  'application/x-sh': 'text',
  'application/sql': 'text',
};

const byExtension: Readonly<Record<string, Format>> = {
  txt: 'text',
  text: 'text',
  log: 'text',
  xml: 'xml',
  svg: 'xml',
  fodt: 'xml',
  fods: 'xml',
  fodp: 'xml',
  fodg: 'xml',
  fb2: 'xml',
  rss: 'xml',
  atom: 'xml',
  plist: 'property-list',
  webarchive: 'property-list',
  ndjson: 'json',
  jsonl: 'json',
  geojson: 'json',
  topojson: 'json',
  har: 'json',
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  pdf: 'pdf',
  docx: 'docx',
  docm: 'docx',
  dotx: 'docx',
  dotm: 'docx',
  pptx: 'pptx',
  pptm: 'pptx',
  ppsx: 'pptx',
  ppsm: 'pptx',
  potx: 'pptx',
  potm: 'pptx',
  xlsx: 'xlsx',
  xlsm: 'xlsx',
  xltx: 'xlsx',
  xlsb: 'xlsx',
  xltm: 'xlsx',
  xls: 'xlsx',
  ods: 'xlsx',
  ots: 'xlsx',
  slk: 'xlsx',
  dif: 'xlsx',
  xlt: 'xlsx',
  xlw: 'xlsx',
  et: 'xlsx',
  wks: 'xlsx',
  wk1: 'xlsx',
  wk3: 'xlsx',
  wk4: 'xlsx',
  '123': 'xlsx',
  wq1: 'xlsx',
  wb1: 'xlsx',
  wb2: 'xlsx',
  wb3: 'xlsx',
  qpw: 'xlsx',
  dbf: 'xlsx',
  sxc: 'xlsx',
  odt: 'opendocument',
  ott: 'opendocument',
  odp: 'opendocument',
  otp: 'opendocument',
  odg: 'opendocument',
  otg: 'opendocument',
  odm: 'opendocument',
  sxw: 'opendocument',
  stw: 'opendocument',
  sxi: 'opendocument',
  sxd: 'opendocument',
  rtf: 'rtf',
  epub: 'epub',
  doc: 'doc',
  dot: 'doc',
  ppt: 'ppt',
  pps: 'ppt',
  pot: 'ppt',
  eml: 'email',
  p7m: 'signed',
  emlx: 'email',
  msg: 'outlook',
  mbox: 'mailbox',
  mhtml: 'mhtml',
  mht: 'mhtml',
  ics: 'calendar',
  srt: 'subtitles',
  vtt: 'subtitles',
  sbv: 'subtitles',
  ass: 'subtitles',
  ssa: 'subtitles',
  vcf: 'contacts',
  vcard: 'contacts',
  man: 'manual',
  pages: 'iwork',
  numbers: 'iwork',
  hwp: 'hwp',
  hwt: 'hwp',
  hwpx: 'hwpx',
  one: 'onenote',
  vsdx: 'visio',
  vsdm: 'visio',
  vstx: 'visio',
  vstm: 'visio',
  vssx: 'visio',
  vdx: 'xml',
  vtx: 'xml',
  xps: 'xps',
  oxps: 'xps',
  mobi: 'mobi',
  azw: 'mobi',
  azw3: 'mobi',
  tnef: 'tnef',
  ipynb: 'notebook',
  tex: 'tex',
  org: 'org',
  rst: 'light-markup',
  rest: 'light-markup',
  adoc: 'light-markup',
  asciidoc: 'light-markup',
  wiki: 'light-markup',
  textile: 'light-markup',
  png: 'picture',
  jpg: 'picture',
  jpeg: 'picture',
  tif: 'picture',
  tiff: 'picture',
  webp: 'picture',
  gif: 'picture',
  bmp: 'picture',
  zip: 'archive',
  tar: 'archive',
  gz: 'archive',
  tgz: 'archive',
  zst: 'archive',
  bz2: 'archive',
  tbz: 'archive',
  tbz2: 'archive',
  xz: 'archive',
  txz: 'archive',
};

/** Which optional kinds of files are read besides documents. */
export interface Eligibility {
  readonly maxBytes: number;
  readonly readsPictures: boolean;
  readonly readsArchives: boolean;
}

export const archivesNotRead: SkipReason = { code: 'unsupported_type', message: 'Archives are not unpacked.' };

export const picturesNotRead: SkipReason = {
  code: 'unsupported_type',
  message: 'Images are not read because text recognition is switched off.',
};

/**
 * Returns the format of a file. The media type decides; for generic types the name's extension does. Declared or
 * unknown text may be text: its content decides later.
 * @returns null if it cannot be read
 */
export function formatOf(mimeType: string | null, name: string): Format | null {
  const type = (mimeType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const extension = extensionOf(name);
  if (byMediaType[type] !== undefined) return refine(byMediaType[type], extension);
  if (type.startsWith('text/')) return byExtension[extension] ?? 'text';
  if (/^application\/.*\+?(json|xml)$/.test(type)) return byExtension[extension] ?? 'text';
  if (type !== '' && type !== 'application/octet-stream') return byExtension[extension] ?? null;
  return byExtension[extension] ?? (reasonByName(type, name) === undefined ? 'text' : null);
}

/** Returns the source's own media type or, if that says nothing, the one for the name's extension. */
export function mediaTypeOf(mimeType: string, name: string): string {
  if (mimeType !== '' && mimeType !== 'application/octet-stream') return mimeType;
  const extension = extensionOf(name);
  if (extension === 'numbers') return 'application/vnd.apple.numbers';
  const format = byExtension[extension];
  const known = Object.entries(byMediaType).find(([, itsFormat]) => itsFormat === format);
  return known?.[0] ?? mimeType;
}

/** Sources declare Markdown and CSV as plain text. */
function refine(format: Format, extension: string): Format {
  return format === 'text' ? (byExtension[extension] ?? format) : format;
}

function extensionOf(name: string): string {
  return /\.([^./\\]{1,20})$/.exec(name.slice(-30))?.[1]?.toLowerCase() ?? '';
}

/** Recognizes an image by its type or name. Its text must be recognized, so it waits until all other items are done. */
export function isPicture({ name, mimeType, fetchedAs }: Pick<ItemRef, 'name' | 'mimeType' | 'fetchedAs'>): boolean {
  return formatOf(fetchedAs ?? mimeType, name) === 'picture';
}

/**
 * Explains why an item is skipped before it is fetched; null to accept it. Google's own types are exported, so their
 * connector decides.
 */
export function ineligible(
  item: Pick<ItemRef, 'itemType' | 'name' | 'mimeType' | 'fetchedAs' | 'size'>,
  { maxBytes, readsPictures, readsArchives }: Eligibility,
): SkipReason | null {
  if (item.size === 0) return { code: 'empty_file', message: 'The file is empty.' };
  if (item.size !== null && item.size > maxBytes) {
    return {
      code: 'too_large',
      message: `The file is ${toMegabytes(item.size)} MB, larger than the limit of ${toMegabytes(maxBytes)} MB for reading.`,
    };
  }
  const mimeType = item.fetchedAs ?? item.mimeType;
  if (!readsPictures && isPicture(item)) return picturesNotRead;
  if (!readsArchives && formatOf(mimeType, item.name) === 'archive') return archivesNotRead;
  if (mimeType?.startsWith('application/vnd.google-apps.') || formatOf(mimeType, item.name) !== null) return null;
  const message = reasonByName(item.mimeType ?? '', item.name) ?? cannotBeRead;
  return { code: 'unsupported_type', message };
}

function toMegabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
