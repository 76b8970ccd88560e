/** Reads Word and PowerPoint files from before 2007. */

import { CFB } from '@e965/xlsx';
import WordExtractor from 'word-extractor';
import type { ExtractedText } from './extracted-text.ts';

export async function extractDoc(bytes: Uint8Array): Promise<ExtractedText> {
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
      .join('\n\n'),
  };
}

function titled(title: string, text: string): string {
  return text.trim() === '' ? '' : `## ${title}\n\n${text}`;
}

/** Record types of the stream `PowerPoint Document` ([MS-PPT] 2.13.24). */
const records = { utf16: 0x0fa0, latin: 0x0fa8, mainMaster: 0x03f8 } as const;
const headerBytes = 8;
const containerVersion = 0xf;
const maxRecords = 1_000_000;

/** Returns the texts of slides and notes in their order in the file. */
export function extractPpt(bytes: Uint8Array): ExtractedText {
  const container = CFB.read(Buffer.from(bytes), { type: 'buffer' });
  const stream = CFB.find(container, 'PowerPoint Document')?.content;
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
