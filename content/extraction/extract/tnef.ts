/**
 * Reads `winmail.dat`, the format in which Outlook sends text and attachments to people without Outlook ([MS-OXTNEF]).
 */

import { decompressRTF } from '@kenjiuno/decompressrtf';
import { decodeText } from '../decode.ts';
import { type AttachedFile, readAttachments } from './attachments.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';
import { extractRtf } from './rtf.ts';

const signature = 0x223e9f78;
const attributes = {
  subject: 0x00018004,
  body: 0x0002800c,
  attachment: 0x00069002,
  attachmentTitle: 0x00018010,
  attachmentData: 0x0006800f,
  attachmentProperties: 0x00069005,
  properties: 0x00069003,
} as const;
const properties = { body: 0x1000, rtf: 0x1009, html: 0x1013, longName: 0x3707 } as const;
const types = { multiple: 0x1000, unicode: 0x1f, string: 0x1e, binary: 0x102, object: 0x0d } as const;
/** Sizes in bytes of the fixed-size types; each value is padded to four. */
const sizes: Readonly<Record<number, number>> = {
  2: 4,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  0xa: 4,
  0xb: 4,
  0x14: 8,
  0x40: 8,
  0x48: 16,
};
const namedProperty = 0x8000;
const maxValues = 10_000;

/** The parts that were found; texts are empty if there are none. */
interface Message {
  readonly text: string;
  readonly files: readonly AttachedFile[];
}

/** Reads a file of its own: the message, and its attachments below their names. */
export async function extractTnef(bytes: Uint8Array): Promise<ExtractedText> {
  const { text: message, files } = openTnef(bytes);
  const { texts, metadata } = await readAttachments(files);
  return { text: [message, ...texts].join('\n\n'), metadata };
}

/** Returns the subject, the text and the names of the attachments, as far as they can be read, and the attachments. */
export function openTnef(bytes: Uint8Array): Message {
  const data = Buffer.from(bytes);
  if (data.length < 6 || data.readUInt32LE(0) !== signature) return { text: '', files: [] };
  const found = { subject: '', plain: '', rich: '' };
  const attached: { name: string; content: Uint8Array }[] = [];
  for (let at = 6; at + 9 <= data.length;) {
    const id = data.readUInt32LE(at + 1);
    const length = data.readUInt32LE(at + 5);
    const value = data.subarray(at + 9, at + 9 + length);
    if (id === attributes.subject) found.subject = text(value);
    if (id === attributes.body) found.plain = text(value);
    // A title without that mark begins an attachment, too.
    const isUntitled = attached.at(-1)?.name === '';
    if (id === attributes.attachment || (id === attributes.attachmentTitle && !isUntitled))
      attached.push({ name: '', content: new Uint8Array() });
    const file = attached.at(-1);
    if (file !== undefined && id === attributes.attachmentTitle) file.name ||= text(value);
    if (file !== undefined && id === attributes.attachmentData) file.content = value;
    if (file !== undefined && id === attributes.attachmentProperties) file.name = longNameIn(value) || file.name;
    if (id === attributes.properties) found.rich ||= bodyIn(value);
    // Level, id and length precede the value, and a checksum follows it.
    at += 9 + length + 2;
  }
  const files = attached.map(({ name, content }) => ({ name, mimeType: null, read: () => content }));
  const shown = files.flatMap(({ name }) => name || []);
  const names = shown.length === 0 ? '' : `Attachments: ${shown.join(', ')}`;
  const parts = [found.subject, found.plain || found.rich, names];
  return { text: parts.filter((part) => part !== '').join('\n\n'), files };
}

function bodyIn(data: Buffer): string {
  const bodies = { plain: '', html: '', rtf: '' };
  try {
    readProperties(data, (id, type, value) => {
      if (id === properties.body) bodies.plain = type === types.unicode ? utf16(value) : text(value);
      if (id === properties.html) bodies.html = extractHtml(decodeText(value)).text;
      if (id === properties.rtf) bodies.rtf = extractRtf(Uint8Array.from(decompressRTF([...value]))).text;
    });
  } catch {
    // Everything read before the error is kept.
  }
  return bodies.plain || bodies.html || bodies.rtf;
}

/** The title is a name of eight letters, as in DOS. */
function longNameIn(data: Buffer): string {
  let name = '';
  try {
    readProperties(data, (id, type, value) => {
      if (id === properties.longName) name = type === types.unicode ? utf16(value) : text(value);
    });
  } catch {
    // The title is used.
  }
  return name;
}

function readProperties(data: Buffer, found: (id: number, type: number, value: Buffer) => void): void {
  let at = 4;
  for (let left = Math.min(data.readUInt32LE(0), maxValues); left > 0; left--) {
    const type = data.readUInt16LE(at);
    const id = data.readUInt16LE(at + 2);
    at += 4;
    if (id >= namedProperty) at = afterName(data, at);
    const single = type & ~types.multiple;
    const isSized =
      single === types.unicode || single === types.string || single === types.binary || single === types.object;
    let values = 1;
    if (isSized || type !== single) {
      values = Math.min(data.readUInt32LE(at), maxValues);
      at += 4;
    }
    for (let i = 0; i < values; i++) {
      const length = isSized ? data.readUInt32LE(at) : (sizes[single] ?? 4);
      if (isSized) at += 4;
      found(id, single, data.subarray(at, at + length));
      at += Math.ceil(length / 4) * 4;
    }
  }
}

/** Skips the name of a named property: a class, then a number or a padded string. */
function afterName(data: Buffer, at: number): number {
  const isString = data.readUInt32LE(at + 16) === 1;
  const length = data.readUInt32LE(at + 20);
  return isString ? at + 24 + Math.ceil(length / 4) * 4 : at + 24;
}

function text(value: Buffer): string {
  const end = value.indexOf(0);
  return decodeText(end < 0 ? value : value.subarray(0, end)).trim();
}

function utf16(value: Buffer): string {
  const whole = value.toString('utf16le');
  const end = whole.indexOf('\0');
  return (end < 0 ? whole : whole.slice(0, end)).trim();
}
