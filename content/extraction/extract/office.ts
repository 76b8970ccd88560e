import { XMLParser } from 'fast-xml-parser';
import { strFromU8, unzipSync } from 'fflate';
import mammoth from 'mammoth';
import readXlsxFile from 'read-excel-file/node';
import { SyncError } from '../../../domain/errors.ts';
import type { ExtractedText } from './extracted-text.ts';
import { toMarkdown } from './html.ts';
import { tableToText, toTable } from './tables.ts';

/** Office files are zip archives; together their parts may unpack to so much, in bytes. A zip bomb stops here. */
const maxUnpacked = 200 * 1024 * 1024;

export async function extractDocx(bytes: Uint8Array): Promise<ExtractedText> {
  checkArchive(bytes);
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(bytes) },
    { convertImage: mammoth.images.imgElement(async () => await Promise.resolve({ src: '' })) },
  );
  return { text: toMarkdown(value) };
}

/** One line a row, with the first row's cells as names: a row then makes sense on its own. */
export async function extractXlsx(bytes: Uint8Array): Promise<ExtractedText> {
  checkArchive(bytes);
  const sheets = await readXlsxFile(Buffer.from(bytes));
  const text = sheets.map(
    ({ sheet, data }) => `# ${sheet}\n\n${tableToText(toTable(data.map((row) => row.map(cellToText))))}`,
  );
  return { text: text.join('\n\n'), metadata: { sheets: sheets.length } };
}

/** Slides in order, each under a heading, with its notes. */
export function extractPptx(bytes: Uint8Array): ExtractedText {
  checkArchive(bytes);
  const parts = unzipSync(bytes, { filter: ({ name }) => /^ppt\/(slides|notesSlides)\/[^/]+\.xml$/.test(name) });
  const numbers = Object.keys(parts)
    .flatMap((name) => /^ppt\/slides\/slide(\d+)\.xml$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
  const slides = numbers.map((number) => {
    const notes = paragraphsOf(parts[`ppt/notesSlides/notesSlide${number}.xml`]);
    const lines = paragraphsOf(parts[`ppt/slides/slide${number}.xml`]);
    return [`# Slide ${number}`, ...lines, ...(notes.length > 0 ? ['Notes:', ...notes] : [])].join('\n\n');
  });
  return { text: slides.join('\n\n'), metadata: { slides: numbers.length } };
}

function cellToText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (Object.prototype.toString.call(cell) === '[object Date]')
    return (cell as Date).toISOString().replace('T00:00:00.000Z', '');
  return typeof cell === 'string' ? cell.trim() : JSON.stringify(cell);
}

/** Adds up what the archive claims to unpack to, without unpacking; a lying entry is cut by the inflater at its claim. */
function checkArchive(bytes: Uint8Array): void {
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) {
    throw new SyncError('unreadable', { code: 'encrypted', message: 'The file is protected by a password.' });
  }
  let total = 0;
  unzipSync(bytes, {
    filter: ({ originalSize }) => {
      total += originalSize;
      return false;
    },
  });
  if (total > maxUnpacked) {
    throw new SyncError('unreadable', {
      code: 'unpacks_too_large',
      message: 'The file unpacks to far more than it should.',
    });
  }
}

/** The text runs (`a:t`) of each paragraph (`a:p`). Entities are not expanded, so there is nothing to laugh about. */
function paragraphsOf(xml: Uint8Array | undefined): string[] {
  if (xml === undefined) return [];
  const parser = new XMLParser({
    ignoreAttributes: true,
    processEntities: false,
    preserveOrder: true,
    trimValues: false,
    parseTagValue: false,
  });
  const paragraphs: string[] = [];
  collect(parser.parse(strFromU8(xml)) as XmlNode[], paragraphs);
  return paragraphs.map((text) => unescapeXml(text).trim()).filter((text) => text !== '');
}

interface XmlNode {
  readonly [tag: string]: XmlNode[] | string;
}

function collect(nodes: readonly XmlNode[], paragraphs: string[]): void {
  for (const node of nodes) {
    for (const [tag, children] of Object.entries(node)) {
      if (typeof children === 'string') continue;
      if (tag === 'a:p') paragraphs.push('');
      if (tag === 'a:t') paragraphs.push((paragraphs.pop() ?? '') + children.map((child) => textOf(child)).join(''));
      else collect(children, paragraphs);
    }
  }
}

function textOf(node: XmlNode): string {
  const text = node['#text'];
  return typeof text === 'string' ? text : '';
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
