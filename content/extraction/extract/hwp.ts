/**
 * Reads documents of Hangul, the Korean word processor: HWP 5 (Hancom's "Hangul document file format 5.0", revision 1.3)
 * and HWPX (KS X 6101).
 */

import { CFB } from '@e965/xlsx';
import { inflateRawSync } from 'node:zlib';
import { encrypted } from '../media-types.ts';
import { openArchive } from './archive.ts';
import { withLimit } from './compressed.ts';
import type { ExtractedText } from './extracted-text.ts';
import { walkXml } from './xml.ts';
import { maxUnpacked } from './reading-limits.ts';

const flagsAt = 36;
const flags = { compressed: 1, password: 2, distribution: 4 } as const;
/** A record's header is its tag in ten bits, its level in ten, and its length in twelve, of which all set mean four more bytes. */
const record = { header: 4, paragraphText: 0x43, longLength: 0xfff } as const;
/** Controls that stand for one character; all others below 32 have seven more units for what they refer to. */
const characters: ReadonlyMap<number, string> = new Map([
  [0, ''],
  [10, '\n'],
  [13, ''],
  [24, '-'],
  [30, '\u00A0'],
  [31, ' '],
]);
const tab = 9;
const controlUnits = 8;

/**
 * Reads the paragraphs of the body in their order, with those of tables, notes, headers and footers where they are
 * anchored. Of a document for distribution, whose body is locked, the text of its preview is read.
 * @throws SyncError `encrypted`
 */
export function extractHwp(bytes: Uint8Array): ExtractedText {
  const container = CFB.read(Buffer.from(bytes), { type: 'buffer' });
  const flagged = streamOf(container, '/FileHeader')?.readUInt32LE(flagsAt) ?? 0;
  if ((flagged & flags.password) !== 0) throw encrypted();
  if ((flagged & flags.distribution) !== 0)
    return { text: streamOf(container, '/PrvText')?.toString('utf16le') ?? '', metadata: { previewOnly: true } };
  const texts: string[] = [];
  let left = maxUnpacked;
  for (let section = 0; ; section++) {
    const stream = streamOf(container, `/BodyText/Section${section}`);
    if (stream === null) break;
    const data = (flagged & flags.compressed) === 0 ? stream : unpack(stream, left);
    left -= data.length;
    texts.push(...paragraphsOf(data));
  }
  if (texts.length === 0) throw new RangeError('no section');
  return { text: texts.join('\n\n') };
}

function streamOf(container: ReturnType<typeof CFB.read>, path: string): Buffer | null {
  const content = CFB.find(container, path)?.content;
  return content === undefined ? null : Buffer.from(content as Uint8Array);
}

function unpack(stream: Buffer, left: number): Buffer {
  return Buffer.from(withLimit(() => inflateRawSync(stream, { maxOutputLength: Math.max(1, left) })));
}

function* paragraphsOf(data: Buffer): Generator<string> {
  for (let at = 0; at + record.header <= data.length;) {
    const header = data.readUInt32LE(at);
    at += record.header;
    let length = header >>> 20;
    if (length === record.longLength && at + record.header <= data.length) {
      length = data.readUInt32LE(at);
      at += record.header;
    }
    const text = (header & 0x3ff) === record.paragraphText ? textOf(data.subarray(at, at + length)) : '';
    if (text.trim() !== '') yield text;
    at += length;
  }
}

function textOf(units: Buffer): string {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at + 1 < units.length;) {
    const unit = units.readUInt16LE(at);
    if (unit >= 32) {
      at += 2;
      continue;
    }
    parts.push(units.toString('utf16le', start, at), unit === tab ? '\t' : (characters.get(unit) ?? ''));
    // 25 to 29 are reserved for single characters.
    at += characters.has(unit) || (unit > 24 && unit < 30) ? 2 : controlUnits * 2;
    start = at;
  }
  return [...parts, units.toString('utf16le', Math.min(start, units.length))].join('');
}

/** Reads the sections of the newer form, an archive of XML; the cells of a row become a line. */
export function extractHwpx(bytes: Uint8Array): ExtractedText {
  const { names, read } = openArchive(bytes);
  if (/encryption-data/.test(new TextDecoder().decode(read('META-INF/manifest.xml')))) throw encrypted();
  const number = (name: string): number => Number(/\d+/.exec(name)?.[0]);
  const sections = names.filter((name) => /^Contents\/section\d+\.xml$/i.test(name));
  if (sections.length === 0) throw new RangeError('no section');
  const blocks = sections.toSorted((a, b) => number(a) - number(b)).flatMap((name) => blocksOf(read(name)));
  return { text: blocks.join('\n\n') };
}

function blocksOf(xml: Uint8Array | undefined): string[] {
  const blocks: string[] = [];
  /** The paragraphs that are open, and for each the rows of the table that it contains. */
  const open: { text: string; readonly below: string[] }[] = [];
  let cells: string[] = [];
  let texts = 0;
  walkXml(xml, {
    open: (name) => {
      if (name === 'p') open.push({ text: '', below: [] });
      if (name === 't') texts++;
      const paragraph = open.at(-1);
      if (paragraph !== undefined && (name === 'lineBreak' || name === 'tab'))
        paragraph.text += name === 'tab' ? '\t' : '\n';
      if (name === 'tr') cells = [];
      if (name === 'tc') cells.push('');
    },
    text: (text) => {
      const paragraph = open.at(-1);
      if (texts > 0 && paragraph !== undefined) paragraph.text += text;
    },
    close: (name) => {
      if (name === 't') texts--;
      if (name === 'tr') open.at(-1)?.below.push(cells.join(' | '));
      if (name !== 'p') return;
      const closed = open.pop();
      if (closed === undefined) return;
      const shown = [closed.text.trim(), closed.below.join('\n')].filter((part) => part !== '').join('\n\n');
      if (shown === '') return;
      if (open.length === 0) blocks.push(shown);
      else if (cells.length > 0) cells.push([cells.pop() ?? '', shown].filter((part) => part !== '').join(' '));
      else open.at(-1)?.below.push(shown);
    },
  });
  return blocks;
}
