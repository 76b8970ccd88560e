/** Reads Word and PowerPoint files from before 2007. */

import { CFB } from '@e965/xlsx';
import WordExtractor from 'word-extractor';
import WordOleExtractor from 'word-extractor/lib/word-ole-extractor.js';
import { decodeText } from '../decode.ts';
import { encrypted } from '../media-types.ts';
import type { ExtractedText } from './extracted-text.ts';
import { eraseDeleted } from './word-deletions.ts';

/**
 * The library looks at the last five bits of a property's number only, so that it takes characters with space between
 * them for deleted ones.
 */
WordOleExtractor.prototype.writeCharacterProperties = function writeCharacterProperties(stream, table) {
  eraseDeleted(this._pieces, stream, table);
};

export async function extractDoc(bytes: Uint8Array): Promise<ExtractedText> {
  const stream = wordStream(bytes);
  const old = readOldWord(stream);
  if (old !== null) return { text: old };
  const repair = repairFor(stream);
  const document = await new WordExtractor().extract(Buffer.from(bytes));
  const sections = [
    document.getHeaders({ includeFooters: false }),
    document.getBody(),
    document.getTextboxes({ includeHeadersAndFooters: false, includeBody: true }),
    titled('Footnotes', document.getFootnotes()),
    titled('Endnotes', document.getEndnotes()),
    titled('Comments', document.getAnnotations()),
    document.getFooters(),
  ];
  return {
    text: sections
      .map((section) => section.trim())
      .filter((section) => section !== '')
      .map(repair)
      .join('\n\n'),
  };
}

function wordStream(bytes: Uint8Array): Buffer {
  const stream = CFB.find(CFB.read(Buffer.from(bytes), { type: 'buffer' }), 'WordDocument')?.content;
  return Buffer.from((stream ?? []) as Uint8Array);
}

/** The library writes `undefined` for a hyphen that shows at line ends only, and leaves one that never breaks as it is. */
function repairFor(stream: Buffer): (text: string) => string {
  const isWord = stream.includes('undefined') || stream.includes(Buffer.from('undefined', 'utf16le'));
  return (text) => (isWord ? text : text.replaceAll('undefined', '')).replaceAll('\u001E', '‑');
}

/** Positions in the header of the stream `WordDocument` ([MS-DOC] 2.5.2); that of the pieces is of Word 6 and 95. */
const header = { version: 2, flags: 10, textStart: 24, textEnd: 28, pieces: 0x160, length: 0x168 } as const;
const flags = { encrypted: 0x0100, complex: 0x0004 } as const;
/** A field is its code, from the first mark to the second, and its result, up to the third. */
const [fieldStart, fieldMiddle, fieldEnd] = ['\u0013', '\u0014', '\u0015'];
const fieldCode = new RegExp(`${fieldStart}[^${fieldMiddle}]*${fieldMiddle}?`, 'g');
/** The first version whose text the library can find. */
const word97 = 0x00c1;

/**
 * Reads the text of a file of Word 6 or 95, which stands in one piece unless only changes were added to the file.
 * @returns null for newer files @throws SyncError `encrypted`
 */
function readOldWord(data: Buffer): string | null {
  if (data.length < header.textEnd + 4) return null;
  const flagged = data.readUInt16LE(header.flags);
  if ((flagged & flags.encrypted) !== 0) throw encrypted();
  if (data.readUInt16LE(header.version) >= word97) return null;
  const whole = data.subarray(data.readUInt32LE(header.textStart), data.readUInt32LE(header.textEnd));
  const pieces = (flagged & flags.complex) === 0 ? [] : piecesOf(data);
  // Of pieces that cannot be found, the whole is read in the order in which it was written.
  return decodeText(pieces.length > 0 ? Buffer.concat(pieces) : whole)
    .split(fieldEnd)
    .map((part) => part.replace(fieldCode, ''))
    .join('')
    .replaceAll('\u0007', ' | ')
    .replaceAll(/[\r\v\f]/g, '\n\n');
}

/** The first byte of each part of the list of pieces: formats, of which there are any number, and then the pieces. */
const [formats, pieceTable] = [1, 2];
const pieceLength = 8;
const maxPieces = 100_000;

/** Returns the pieces of a text in their order. */
function piecesOf(data: Buffer): Buffer[] {
  if (data.length < header.length) return [];
  let at = data.readUInt32LE(header.pieces);
  while (at + 5 < data.length && data[at] === formats) at += 3 + data.readUInt16LE(at + 1);
  if (at + 5 >= data.length || data[at] !== pieceTable) return [];
  const length = data.readUInt32LE(at + 1);
  const table = data.subarray(at + 5, at + 5 + length);
  const count = Math.min(Math.floor((table.length - 4) / (4 + pieceLength)), maxPieces);
  const pieces: Buffer[] = [];
  let left = data.length;
  for (let i = 0; i < count; i++) {
    const size = table.readUInt32LE(4 * (i + 1)) - table.readUInt32LE(4 * i);
    const start = table.readUInt32LE(4 * (count + 1) + i * pieceLength + 2);
    // All pieces together are no longer than the file, whatever the list says.
    const piece = data.subarray(start, start + Math.min(Math.max(size, 0), left));
    left -= piece.length;
    pieces.push(piece);
  }
  return pieces;
}

function titled(title: string, text: string): string {
  return text.trim() === '' ? '' : `## ${title}\n\n${text}`;
}

/** Record types of the stream `PowerPoint Document` ([MS-PPT] 2.13.24). */
const records = { utf16: 0x0fa0, latin: 0x0fa8, mainMaster: 0x03f8 } as const;
const headerBytes = 8;
const containerVersion = 0xf;
const maxRecords = 1_000_000;

/** The stream with the slides. */
const slides = 'PowerPoint Document';
/** What the stream `Current User` states, at this position, of a file that is protected ([MS-PPT] 2.3.2). */
const protection = { at: 12, mark: 0xf3d1c4df } as const;

function refuseProtected(container: ReturnType<typeof CFB.read>): void {
  const user = Buffer.from((CFB.find(container, 'Current User')?.content ?? []) as Uint8Array);
  if (user.length >= protection.at + 4 && user.readUInt32LE(protection.at) === protection.mark) throw encrypted();
}

/**
 * Returns the texts of slides and notes in their order in the file.
 * @throws SyncError `encrypted`
 */
export function extractPpt(bytes: Uint8Array): ExtractedText {
  const container = CFB.read(Buffer.from(bytes), { type: 'buffer' });
  refuseProtected(container);
  // A file for PowerPoint 95 and 97 has the form of 97 in a folder of its own.
  const stream = (CFB.find(container, `/PP97_DUALSTORAGE/${slides}`) ?? CFB.find(container, slides))?.content;
  if (stream === undefined) throw new RangeError('not a presentation');
  const data = Buffer.from(stream as Uint8Array);
  const texts: string[] = [];
  let count = 0;
  for (let at = 0; at + headerBytes <= data.length && count < maxRecords; count++) {
    const version = data.readUInt16LE(at) & 0xf;
    const type = data.readUInt16LE(at + 2);
    const length = data.readUInt32LE(at + 4);
    const body = data.subarray(at + headerBytes, at + headerBytes + length);
    if (type === records.utf16) texts.push(body.toString('utf16le'));
    if (type === records.latin) texts.push(body.toString('latin1'));
    // Containers are entered, except the master with its "Click to edit"; all other records are skipped.
    const isEntered = version === containerVersion && type !== records.mainMaster;
    at += headerBytes + (isEntered ? 0 : length);
  }
  const shown = texts
    .map((text) => text.replaceAll(/[\r\v]/g, '\n').trim())
    .filter((text) => text !== '' && text !== '*');
  return { text: [...new Set(shown)].join('\n\n') };
}
