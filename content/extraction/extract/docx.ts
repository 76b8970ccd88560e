import type { Archive } from './archive.ts';
import { openArchive } from './archive.ts';
import type { ExtractedText } from './extracted-text.ts';
import { diagramText, valuesOf } from './drawings.ts';
import { extractHtml } from './html.ts';
import { decodeText } from '../decode.ts';
import { type MergedCell, spreadMerged, tableToText, toTable } from './tables.ts';
import { relationsOf, targetsOf, walkXml } from './xml.ts';
import { maxCell, maxSpan } from './reading-limits.ts';

const maxListDepth = 8;

/** Reads the body, headers and footers once, notes, comments, text boxes, equations and charts. */
export async function extractDocx(bytes: Uint8Array): Promise<ExtractedText> {
  const archive = openArchive(bytes);
  const main = mainPart(archive);
  const headings = headingStyles(archive.read('word/styles.xml'));
  const related = relationsOf(archive.read, main);
  const textOf = (part: string): string => bodyText(archive.read(part), headings);
  const partsOf = (type: string): string[] => targetsOf(related, new RegExp(`^${type}$`));
  const once = (type: string): string => [...new Set(partsOf(type).map(textOf))].filter(Boolean).join('\n\n');
  const inserted = await Promise.all(partsOf('aFChunk').map((part) => insertedFile(part, archive.read(part))));
  const sections = [
    once('header'),
    textOf(main),
    ...partsOf('chart(Ex)?').map((part) => valuesOf(archive.read(part))),
    ...partsOf('diagramData').map((part) => diagramText(archive.read(part))),
    ...inserted,
    titled('Footnotes', once('footnotes')),
    titled('Endnotes', once('endnotes')),
    titled('Comments', once('comments')),
    once('footer'),
  ];
  return { text: sections.filter((section) => section !== '').join('\n\n') };
}

/** Reads a Word file that is one XML document: of 2003, or with all parts in one. */
export function extractFlatWord(xml: Uint8Array): ExtractedText {
  return { text: bodyText(xml, headingStyles(xml)) };
}

/** Programs that make Word files from pages or join files insert the file itself. Word files in Word files are left out. */
async function insertedFile(part: string, bytes: Uint8Array | undefined): Promise<string> {
  const ending = /\.([a-z]+)$/i.exec(part)?.[1]?.toLowerCase() ?? '';
  if (bytes === undefined) return '';
  if (/^x?html?$/.test(ending)) return extractHtml(decodeText(bytes)).text;
  if (/^mht(ml)?$/.test(ending)) return (await (await import('./email.ts')).extractMhtml(bytes)).text;
  if (ending === 'rtf') return (await import('./rtf.ts')).extractRtf(bytes).text;
  return ending === 'txt' ? decodeText(bytes) : '';
}

function titled(title: string, text: string): string {
  return text === '' ? '' : `## ${title}\n\n${text}`;
}

/** @throws RangeError if the archive contains no document */
function mainPart(archive: Archive): string {
  const start = relationsOf(archive.read, '').find(({ type }) => type === 'officeDocument')?.target;
  const main = start ?? 'word/document.xml';
  if (!archive.has(main)) throw new RangeError('no document in the archive');
  return main;
}

/**
 * Finds heading levels by style: the name `heading 2` is translated in other languages, but its outline level is not.
 * A style without a level of its own has that of the style on which it is based.
 */
function headingStyles(xml: Uint8Array | undefined): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  const bases = new Map<string, string>();
  let style = '';
  let unread = 0;
  walkXml(xml, {
    close: (name) => {
      if (unseen.has(name)) unread--;
    },
    open: (name, { styleId, val }) => {
      if (unseen.has(name)) unread++;
      if (unread > 0) return;
      if (name === 'style') style = styleId ?? '';
      const named = name === 'name' ? /^heading (\d)$/i.exec(val ?? '') : null;
      if (named?.[1] !== undefined) levels.set(style, Number(named[1]));
      if (name === 'name' && /^title$/i.test(val ?? '')) levels.set(style, 1);
      if (name === 'basedOn') bases.set(style, val ?? '');
      if (name === 'outlineLvl') levels.set(style, headingLevel(val));
    },
  });
  for (const derived of bases.keys()) inheritLevel(derived, bases, levels);
  return levels;
}

/** Maximum number of styles of which each is based on the next; damaged ones are based on themselves. */
const maxBases = 20;

function inheritLevel(style: string, bases: ReadonlyMap<string, string>, levels: Map<string, number>): void {
  let from: string | undefined = style;
  for (let i = 0; from !== undefined && !levels.has(from) && i < maxBases; i++) from = bases.get(from);
  levels.set(style, levels.get(from ?? '') ?? 0);
}

/** @param outline from 0; 9 is text @returns 0 for text, and for levels that Markdown does not have */
function headingLevel(outline: string | undefined): number {
  const level = Number(outline ?? 9) + 1;
  return level >= 1 && level <= 6 ? level : 0;
}

interface Paragraph {
  text: string;
  level: number;
  listLevel: number;
}

/** A table, and the cells read so far. */
interface OpenTable {
  readonly rows: { readonly blocks: string[]; readonly span: number; readonly isBelow: boolean }[][];
  isNamed: boolean;
  isLayout: boolean;
}

function bodyText(xml: Uint8Array | undefined, headings: ReadonlyMap<string, number>): string {
  const reader = new BodyReader(headings);
  walkXml(xml, reader);
  return reader.end();
}

class BodyReader {
  readonly #headings: ReadonlyMap<string, number>;
  readonly #blocks: string[][] = [[]];
  readonly #paragraphs: Paragraph[] = [];
  readonly #tables: OpenTable[] = [];
  #span = 1;
  #isBelow = false;
  #unseen = 0;
  #isText = false;
  /** A list in a form, and the number of the entry that was chosen. */
  #options: { chosen: number | null; readonly labels: string[] } = { chosen: null, labels: [] };

  constructor(headings: ReadonlyMap<string, number>) {
    this.#headings = headings;
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (unseen.has(name)) this.#unseen++;
    if (this.#unseen > 0) return;
    const paragraph = this.#paragraphs.at(-1);
    const table = this.#tables.at(-1);
    switch (name) {
      case 'p':
        this.#paragraphs.push({ text: '', level: 0, listLevel: -1 });
        return;
      case 't':
        this.#isText = true;
        return;
      case 'tab':
      case 'ptab':
      case 'br':
      case 'cr':
      case 'noBreakHyphen':
        if (paragraph !== undefined && attributes['pos'] === undefined) paragraph.text += characters[name];
        return;
      case 'sym':
        if (paragraph !== undefined) paragraph.text += symbolOf(attributes['font'], attributes['char']);
        return;
      case 'ddList':
        this.#options = { chosen: null, labels: [] };
        return;
      case 'default':
        this.#options.chosen ??= Number(attributes['val']) || 0;
        return;
      case 'result':
        this.#options.chosen = Number(attributes['val']) || 0;
        return;
      case 'listEntry':
        this.#options.labels.push(attributes['val'] ?? '');
        return;
      case 'pStyle':
        if (paragraph !== undefined) paragraph.level = this.#headings.get(attributes['val'] ?? '') ?? 0;
        return;
      case 'outlineLvl':
        if (paragraph !== undefined) paragraph.level = headingLevel(attributes['val']);
        return;
      case 'numPr':
        if (paragraph !== undefined) paragraph.listLevel = 0;
        return;
      case 'ilvl':
        if (paragraph !== undefined) paragraph.listLevel = Math.min(Number(attributes['val']) || 0, maxListDepth);
        return;
      case 'textpath':
        if (paragraph !== undefined && attributes['string']) paragraph.text += ` ${attributes['string']} `;
        return;
      case 'docPr':
        if (paragraph !== undefined && attributes['descr']) paragraph.text += ` ${attributes['descr']} `;
        return;
      case 'comment':
        this.#blocks.at(-1)?.push(attributes['author'] === undefined ? '' : `${attributes['author']}:`);
        return;
      case 'tbl':
        if (table !== undefined) table.isLayout = true;
        this.#tables.push({ rows: [], isNamed: false, isLayout: false });
        return;
      case 'tblHeader':
        if (table?.rows.length === 1) table.isNamed = true;
        return;
      case 'tr':
        table?.rows.push([]);
        return;
      case 'gridBefore':
        for (let i = Math.min(Number(attributes['val']) || 0, maxSpan); i > 0; i--)
          table?.rows.at(-1)?.push({ blocks: [], span: 1, isBelow: false });
        return;
      case 'vMerge':
        this.#isBelow = attributes['val'] !== 'restart';
        return;
      case 'tc':
        this.#span = 1;
        this.#isBelow = false;
        this.#blocks.push([]);
        return;
      case 'gridSpan':
        this.#span = Math.min(Math.max(1, Number(attributes['val']) || 1), maxSpan);
        return;
      default:
    }
  };

  readonly text = (text: string): void => {
    const paragraph = this.#paragraphs.at(-1);
    if (this.#isText && paragraph !== undefined) paragraph.text += text;
  };

  readonly close = (name: string): void => {
    if (unseen.has(name)) {
      this.#unseen--;
      return;
    }
    if (this.#unseen > 0) return;
    if (name === 't') this.#isText = false;
    const paragraph = this.#paragraphs.at(-1);
    // The result of a list in a form is stored as its number only.
    if (name === 'ddList' && paragraph !== undefined)
      paragraph.text += this.#options.labels[this.#options.chosen ?? 0] ?? '';
    if (name === 'p') this.#endParagraph();
    if (name === 'tc')
      this.#tables
        .at(-1)
        ?.rows.at(-1)
        ?.push({ blocks: this.#blocks.pop() ?? [], span: this.#span, isBelow: this.#isBelow });
    if (name === 'tbl') this.#endTable();
  };

  end(): string {
    return (this.#blocks[0] ?? []).filter((block) => block !== '').join('\n\n');
  }

  #endParagraph(): void {
    const paragraph = this.#paragraphs.pop();
    const text = paragraph?.text.trim() ?? '';
    if (paragraph === undefined || text === '') return;
    const blocks = this.#blocks.at(-1);
    const item = `${'  '.repeat(Math.max(0, paragraph.listLevel))}- ${text}`;
    const isHeading = paragraph.level > 0;
    const previous = blocks?.at(-1);
    const table = this.#tables.at(-1);
    if (isHeading && table !== undefined) table.isLayout = true;
    if (isHeading) blocks?.push(`${'#'.repeat(paragraph.level)} ${text.replaceAll(/\s+/g, ' ')}`);
    else if (paragraph.listLevel < 0) blocks?.push(text);
    else if (blocks !== undefined && previous !== undefined && /^\s*- /.test(previous))
      blocks[blocks.length - 1] = `${previous}\n${item}`;
    else blocks?.push(item);
  }

  #endTable(): void {
    const table = this.#tables.pop();
    const blocks = this.#blocks.at(-1);
    if (table === undefined || blocks === undefined) return;
    const cells = table.rows.flat();
    const isData =
      !table.isLayout &&
      table.rows.filter((row) => row.length > 1).length > 1 &&
      cells.every((cell) => cell.blocks.reduce((sum, block) => sum + block.length, 0) <= maxCell);
    if (!isData) blocks.push(...cells.flatMap((cell) => cell.blocks));
    else blocks.push(tableToText(toTable(spreadMerged(table.rows.map(toCells)), { isNamed: table.isNamed })));
  }
}

/** The properties before a tracked change of them, and the style of a list before it. */
const former = [
  'pPrChange',
  'rPrChange',
  'sectPrChange',
  'tblPrChange',
  'tblPrExChange',
  'tblGridChange',
  'trPrChange',
  'tcPrChange',
  'numberingChange',
];
/**
 * Also the older form of a drawing, the place from which text was moved, and how to read the characters beside which it
 * stands: in between, it would tear words apart.
 */
const unseen = new Set(['Fallback', 'moveFrom', 'rt', ...former]);

/** The letters of the font Symbol, which Word stores by their place in it, from A and from a; and its signs. */
const greek = 'ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ';
const signs: Readonly<Record<string, string>> = {
  A3: '≤',
  A5: '∞',
  AB: '↔',
  AC: '←',
  AE: '→',
  B0: '°',
  B1: '±',
  B3: '≥',
  B4: '×',
  B8: '÷',
  B9: '≠',
  BB: '≈',
  D6: '√',
  E5: '∑',
};

/** The pictures of other fonts, such as Wingdings, are no characters. */
function symbolOf(font: string | undefined, code: string | undefined): string {
  if (font?.toLowerCase() !== 'symbol' || code === undefined) return ' ';
  const place = code.slice(-2).toUpperCase();
  return signs[place] ?? greek[Number.parseInt(place, 16) - 0x41] ?? ' ';
}

const characters: Readonly<Record<string, string>> = { tab: '\t', ptab: '\t', br: '\n', cr: '\n', noBreakHyphen: '-' };

function toCells(row: OpenTable['rows'][number]): MergedCell[] {
  return row.map(({ blocks, span, isBelow }) => ({ text: blocks.join(' '), span, isBelow }));
}
