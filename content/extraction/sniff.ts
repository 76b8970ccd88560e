/** Detects the format from the bytes, because names and media types can be wrong. */

import { CFB } from '@e965/xlsx';
import { SyncError } from '../../domain/errors.ts';
import { asLatin, byteTable, countBytes, decodeText, isValid, wideEncodingOf } from './decode.ts';
import { openArchive } from './extract/archive.ts';
import { compressionOf } from './extract/compressed.ts';
import { isPicture } from './extract/picture.ts';
import { isSigned } from './extract/signed-data.ts';
import { isTar } from './extract/tar.ts';
import { isBinaryPropertyList } from './extract/property-list.ts';
import { cannotBeRead, reasonByContent, reasonByParts, visibleStart } from './foreign-kinds.ts';
import { damaged, encrypted, type Format } from './media-types.ts';

const sampleBytes = 8192;
/** A byte order mark and white space are no content. */
const pdfStart = /^(\u00EF\u00BB\u00BF)?\s*%PDF-/;
/** Programs put something else before a PDF, but texts, mails and archives may contain one, too, or only mention it. */
const pdfWithin = 1024;
/** {7B5C52E4-D88C-4DA7-AEB1-5378D02996D3} ([MS-ONESTORE] 2.3.1). */
const oneNoteSection = Buffer.from('e4525c7b8cd8a74daeb15378d02996d3', 'hex');
/** Formats that are recognized by a name inside the archive. */
const archives: readonly (readonly [part: RegExp, format: Format])[] = [
  [/^word\//i, 'docx'],
  [/^ppt\//i, 'pptx'],
  [/^xl\//i, 'xlsx'],
  [/^visio\//i, 'visio'],
  [/\.fdseq$/i, 'xps'],
  [/^Contents\/section0\.xml$/i, 'hwpx'],
  [/^META-INF\/container\.xml$/, 'epub'],
];
/** The parts of a document of Pages, Numbers or Keynote, which may be a folder that was packed with its name. */
const iwork =
  /^([^/]+\.(key|pages|numbers)\/)?(Index(\.zip$|\/.*\.iwa$)|(index\.(apxl|xml)|presentation\.apxl)(\.gz)?$)/i;
const compounds: readonly (readonly [entry: RegExp, format: Format])[] = [
  [/^worddocument$/i, 'doc'],
  [/^(workbook|book|NativeContent_MAIN|PerfectOffice_MAIN)$/i, 'xlsx'],
  [/^powerpoint document$/i, 'ppt'],
  [/^__properties_version1\.0$/i, 'outlook'],
  [/^fileheader$/i, 'hwp'],
];
/** The first record of spreadsheets older than 1997. */
const biffRecord = 9;
const minZeros = 3;
const textFormats: ReadonlySet<Format> = new Set([
  'text',
  'markdown',
  'html',
  'csv',
  'json',
  'email',
  'mailbox',
  'mhtml',
  'calendar',
  'subtitles',
  'notebook',
  'tex',
  'org',
  'light-markup',
  'rtf',
  'manual',
  'contacts',
  'xml',
  'property-list',
]);
/** Formats by their first bytes, as `visibleStart` shows them, for files that are neither text nor in a container. */
const starts: readonly (readonly [start: RegExp, format: Format])[] = [
  [/^\{\\rtf/, 'rtf'],
  [/^x\u0178>"/, 'tnef'],
  // Spreadsheets of Lotus and Quattro Pro: the first record, and its version.
  [/^[␀ÿ]␀(␂␀(␄␄|␆␄|[␁␂]␐| Q)|␚␀[␀-␆]␐)/u, 'xlsx'],
  [/^.{60}(BOOKMOBI|TEXtREAd)/s, 'mobi'],
];
/**
 * Returns the format to read the bytes as.
 * @param stated the format by media type or name
 * @throws SyncError `unreadable` or `unsupported` if the content cannot be read
 */
export function confirmFormat(bytes: Uint8Array, stated: Format): Format {
  const start = asLatin(bytes, sampleBytes);
  if (pdfStart.test(start)) return 'pdf';
  if (compressionOf(bytes) !== null || isTar(bytes)) return 'archive';
  if (start.startsWith('PK\u0003\u0004')) return archiveFormat(bytes, stated);
  if (start.startsWith('\u00D0\u00CF\u0011\u00E0')) return compoundFormat(bytes, stated);
  const visible = visibleStart(bytes);
  const known = starts.find(([mark]) => mark.test(visible));
  if (known !== undefined) return known[1];
  if (isPicture(bytes)) return 'picture';
  if (isBinaryPropertyList(bytes)) return 'property-list';
  if (oneNoteSection.equals(bytes.subarray(0, oneNoteSection.length))) return 'onenote';
  if (stated === 'signed' || isSigned(bytes)) return 'signed';
  if (!textFormats.has(stated) && start.slice(0, pdfWithin).includes('%PDF-')) return 'pdf';
  const reason = reasonByContent(visible);
  if (reason !== undefined) throw unsupported(reason);
  if (textFormats.has(stated)) return textFormat(bytes, start, stated);
  // Old programs write spreadsheets and letters as HTML, XML or plain text under these names.
  if (/^\s*<(!doctype|html)/i.test(start)) return 'html';
  if (stated === 'xlsx' && (/^(ID;P|TABLE\r?\n0,1)/.test(start) || bytes[0] === biffRecord || isDbase(bytes)))
    return stated;
  if (['xlsx', 'doc', 'ppt', 'outlook', 'iwork'].includes(stated) && !isBinary(bytes, start)) {
    const format = textFormat(bytes, start, 'text');
    return stated === 'xlsx' && format === 'text' ? 'csv' : format;
  }
  throw new SyncError('unreadable', {
    code: 'corrupt',
    message: damaged(stated),
  });
}

function archiveFormat(bytes: Uint8Array, stated: Format): Format {
  const { names, read } = openArchive(bytes);
  const declared = names.includes('mimetype') ? new TextDecoder().decode(read('mimetype')) : '';
  // The spreadsheet library needs the styles, which some programs leave out.
  if (/opendocument\.spreadsheet/.test(declared) && names.includes('styles.xml')) return 'xlsx';
  if (/opendocument|vnd\.sun\.xml/.test(declared)) return 'opendocument';
  const found = archives.find(([part]) => names.some((name) => part.test(name)));
  if (found !== undefined) return found[1];
  if (names.some((name) => iwork.test(name))) return 'iwork';
  if (['docx', 'pptx', 'xlsx', 'epub', 'opendocument', 'iwork', 'visio', 'xps'].includes(stated)) return stated;
  return 'archive';
}

function compoundFormat(bytes: Uint8Array, stated: Format): Format {
  const names = compoundNames(bytes);
  if (names.some((name) => /^EncryptedSummary$/i.test(name))) throw encrypted();
  // Whether it needs a password is known after it was tried.
  if (names.some((name) => /^EncryptedPackage$/i.test(name))) return 'protected';
  const found = compounds.find(([entry]) => names.some((name) => entry.test(name)));
  if (found !== undefined) return found[1];
  // Programs keep anything in such a file: notes of OneNote, drawings, installers.
  if (names.length > 0 && textFormats.has(stated)) throw unsupported(reasonByParts(names));
  throw new SyncError('unreadable', {
    code: 'corrupt',
    message: damaged(stated),
  });
}

/** The names at the top; a file that is embedded in another one has its names further down. */
function compoundNames(bytes: Uint8Array): string[] {
  try {
    const { FullPaths } = CFB.read(Buffer.from(bytes), { type: 'buffer' });
    return [...new Set((FullPaths as readonly string[]).flatMap((path) => path.split('/')[1] || []))];
  } catch {
    return [];
  }
}

const lineEnd = 0x0d;

/** A table of dBASE states the day of its last change and the length of its header. */
function isDbase(bytes: Uint8Array): boolean {
  const [, , month = 0, day = 0] = bytes;
  const header = (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > 31 || header > bytes.length) return false;
  // Columns of 32 bytes each, of which there is at least one, are followed by a line end.
  for (let at = 64; at < header; at += 32) if (bytes[at] === lineEnd) return true;
  return false;
}

function textFormat(bytes: Uint8Array, start: string, stated: Format): Format {
  // Attachments of a mail may be written as they are (RFC 3030).
  const isMail = stated === 'email' && mailHeaders.test(start);
  if (!isMail && isBinary(bytes, start)) throw unsupported(cannotBeRead);
  if (isEbcdic(bytes))
    throw unsupported('The text is in an encoding of mainframes (EBCDIC) and cannot be read. Convert it to UTF-8.');
  if (stated !== 'text') return stated;
  const wide = wideEncodingOf(bytes);
  const text = wide === null ? start : decodeText(bytes.subarray(0, sampleBytes)).slice(0, sampleBytes);
  return marks.find(([mark]) => mark.test(text))?.[1] ?? 'text';
}

/** A mail begins with headers, and at least one of them is a mail's own. The beginning is looked at first, because most texts end it. */
const mailHeaders =
  /^(?=[a-z][\w-]{1,50}:[ \t])(?=(?:.{0,1000}\r?\n){0,60}?(?:from|message-id|received|mime-version):)(?:[a-z][\w-]{1,50}:[ \t].{0,1000}\r?\n(?:[ \t].{0,1000}\r?\n){0,30}){3}/i;

/** Formats by the beginning of a text, if its name says nothing. */
const marks: readonly (readonly [mark: RegExp, format: Format])[] = [
  [/^\s*(<!doctype html|<html[\s>])/i, 'html'],
  [/^(\u00EF\u00BB\u00BF|\uFEFF)?\s*(<\?xml\s|<svg[\s>])/, 'xml'],
  [/^BEGIN:VCALENDAR/i, 'calendar'],
  [/^BEGIN:VCARD/i, 'contacts'],
  [/^WEBVTT(\s|$)/, 'subtitles'],
  [/^From \S+ .{10,60}\r?\n[\w-]+:/, 'mailbox'],
  [/^MIME-Version: 1\.0\r?\n(?=[^]{0,300}multipart\/related)/i, 'mhtml'],
  [mailHeaders, 'email'],
  [/^\s*(\[\s*)?\{\s*"[^"\n]{1,200}"\s*:/, 'json'],
  [/^(?:[.']\\".*\r?\n){0,40}[.'](?:TH|Dd|\\") .+\r?\n(?=[^]{0,4000}^\.S[Hh] )/m, 'manual'],
];

const zeroBytes = byteTable((byte) => byte === 0);
const controlBytes = byteTable((byte) => byte > 0 && byte < 32 && ![9, 10, 12, 13, 27].includes(byte));
/** Korean in seven bits shifts with two control characters at each word. */
const controlsBesideShifts = byteTable((byte) => byte > 0 && byte < 32 && ![9, 10, 12, 13, 14, 15, 27].includes(byte));

/**
 * Text contains no zero bytes, unless each character has two or four bytes, and few control characters.
 * @param start the beginning of the bytes, as Latin characters
 */
function isBinary(bytes: Uint8Array, start: string): boolean {
  if (wideEncodingOf(bytes) !== null) return false;
  const sample = bytes.subarray(0, sampleBytes);
  const zeros = sample.includes(0) ? countBytes(sample, zeroBytes) : 0;
  const isKorean = start.includes('\u001B$)C');
  const controls = countBytes(sample, isKorean ? controlsBesideShifts : controlBytes);
  // Logs may contain many control characters; old encodings contain none, and random bytes contain as many of them as
  // of any others.
  const maxControls = isValid('utf-8', bytes) ? 0.1 : 0.02;
  return controls > sample.length * maxControls || zeros > Math.max(minZeros, sample.length * 0.02);
}

const ebcdicBlank = byteTable((byte) => byte === 0x40);
const ebcdicLetters = byteTable((byte) => byte > 0x80 && byte < 0xfa && (byte & 0x0f) < 10);

/** In EBCDIC a blank is what is an at sign elsewhere, and letters stand in six short rows above 0x80. */
function isEbcdic(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, sampleBytes);
  if (sample.includes(0x20) || countBytes(sample, ebcdicBlank) < sample.length * 0.1) return false;
  return countBytes(sample, ebcdicLetters) > sample.length * 0.6;
}

function unsupported(message: string): SyncError {
  return new SyncError('unsupported', { code: 'unsupported_type', message });
}
