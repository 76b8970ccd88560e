/** Detects the format from the bytes, because names and media types can be wrong. */

import { CFB } from '@e965/xlsx';
import { SyncError } from '../../domain/errors.ts';
import { isValid, wideEncodingOf } from './decode.ts';
import { isGzip, isTar, openArchive } from './extract/archive.ts';
import { damaged, type Format } from './media-types.ts';

const sampleBytes = 8192;
const pictures: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
];
/** Sizes of the second header of a Windows bitmap; a text may also begin with BM. */
const bitmapHeads: ReadonlySet<number> = new Set([12, 40, 52, 56, 108, 124]);
/** Formats that are recognized by a name inside the archive. */
const archives: readonly (readonly [part: RegExp, format: Format])[] = [
  [/^word\//, 'docx'],
  [/^ppt\//, 'pptx'],
  [/^xl\//, 'xlsx'],
  [/^META-INF\/container\.xml$/, 'epub'],
];
const compounds: readonly (readonly [entry: RegExp, format: Format])[] = [
  [/WordDocument$/, 'doc'],
  [/(Workbook|Book)$/, 'xlsx'],
  [/PowerPoint Document$/, 'ppt'],
  [/__properties_version1\.0$/, 'outlook'],
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
  'rtf',
]);

/**
 * Returns the format to read the bytes as.
 * @param stated the format by media type or name
 * @throws SyncError `unreadable` or `unsupported` if the content cannot be read
 */
export function confirmFormat(bytes: Uint8Array, stated: Format): Format {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, sampleBytes));
  if (start.slice(0, 1024).includes('%PDF-')) return 'pdf';
  if (isGzip(bytes) || isTar(bytes)) return 'archive';
  if (start.startsWith('PK\u0003\u0004')) return archiveFormat(bytes, stated);
  if (start.startsWith('\u00D0\u00CF\u0011\u00E0')) return compoundFormat(bytes, stated);
  if (start.startsWith('{\\rtf')) return 'rtf';
  if (isPicture(bytes, start)) return 'picture';
  if (/^ftyp(hei|mif|avif)/.test(start.slice(4, 12)))
    throw unsupported('Images of this type cannot be read. Supported types are PNG, JPEG, TIFF, WebP, GIF and BMP.');
  if (textFormats.has(stated)) return textFormat(bytes, start, stated);
  // Old programs write spreadsheets and letters as HTML, XML or plain text under these names.
  if (/^\s*<(!doctype|html)/i.test(start)) return 'html';
  if (stated === 'xlsx' && (/^\s*<\?xml/.test(start) || bytes[0] === biffRecord)) return stated;
  if (['xlsx', 'doc'].includes(stated) && !isBinary(bytes)) return stated === 'xlsx' ? 'csv' : 'text';
  throw new SyncError('unreadable', {
    code: 'corrupt',
    message: damaged(stated),
  });
}

function archiveFormat(bytes: Uint8Array, stated: Format): Format {
  const { names, read } = openArchive(bytes);
  const declared = names.includes('mimetype') ? new TextDecoder().decode(read('mimetype')) : '';
  if (/opendocument\.spreadsheet/.test(declared)) return 'xlsx';
  if (/opendocument/.test(declared)) return 'opendocument';
  const found = archives.find(([part]) => names.some((name) => part.test(name)));
  if (found !== undefined) return found[1];
  if (['docx', 'pptx', 'xlsx', 'epub', 'opendocument'].includes(stated)) return stated;
  return 'archive';
}

function compoundFormat(bytes: Uint8Array, stated: Format): Format {
  const paths = compoundPaths(bytes);
  if (paths.some((path) => path.endsWith('EncryptedPackage')))
    throw new SyncError('unreadable', { code: 'encrypted', message: 'The file is protected by a password.' });
  const found = compounds.find(([entry]) => paths.some((path) => entry.test(path)));
  if (found !== undefined) return found[1];
  throw new SyncError('unreadable', {
    code: 'corrupt',
    message: damaged(stated),
  });
}

function compoundPaths(bytes: Uint8Array): string[] {
  try {
    return CFB.read(Buffer.from(bytes), { type: 'buffer' }).FullPaths;
  } catch {
    return [];
  }
}

function isPicture(bytes: Uint8Array, start: string): boolean {
  return (
    pictures.some((magic) => magic.every((byte, i) => bytes[i] === byte)) ||
    (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') ||
    (start.startsWith('BM') && bitmapHeads.has(bytes[14] ?? 0) && start.slice(15, 18) === '\0\0\0')
  );
}

function textFormat(bytes: Uint8Array, start: string, stated: Format): Format {
  if (isBinary(bytes)) throw unsupported('Files of this type cannot be read.');
  if (stated !== 'text') return stated;
  if (/^\s*(<!doctype html|<html[\s>])/i.test(start)) return 'html';
  if (start.startsWith('BEGIN:VCALENDAR')) return 'calendar';
  return /^From \S+ .{10,60}\r?\n[\w-]+:/.test(start) ? 'mailbox' : 'text';
}

/** Text contains no zero bytes, unless each character has two or four bytes, and few control characters. */
function isBinary(bytes: Uint8Array): boolean {
  if (wideEncodingOf(bytes) !== null) return false;
  const sample = bytes.subarray(0, sampleBytes);
  const zeros = sample.filter((byte) => byte === 0).length;
  const controls = sample.filter((byte) => byte > 0 && byte < 32 && ![9, 10, 12, 13, 27].includes(byte)).length;
  // Logs may contain many control characters; old encodings contain none, and random bytes contain as many of them as
  // of any others.
  const maxControls = isValid('utf-8', bytes) ? 0.1 : 0.02;
  return controls > sample.length * maxControls || zeros > Math.max(minZeros, sample.length * 0.02);
}

function unsupported(message: string): SyncError {
  return new SyncError('unsupported', { code: 'unsupported_type', message });
}
