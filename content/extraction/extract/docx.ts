import type { Archive } from './archive.ts';
import { openArchive } from './archive.ts';
import type { ExtractedText } from './extracted-text.ts';
import { diagramText, valuesOf } from './drawings.ts';
import { extractHtml } from './html.ts';
import { decodeText } from '../decode.ts';
import { type MergedCell, spreadMerged, tableToText, toTable } from './tables.ts';
import { relationsOf, targetsOf, walkXml } from './xml.ts';
import { maxCell, maxSpan } from './reading-limits.ts';
import { EquationSigns } from './office-equations.ts';
import { type Counter, type Numbering, readNumbering } from './word-numbering.ts';
import { headingLevel, readStyles, type Styles, unseen } from './word-styles.ts';

const maxListDepth = 8;

/** Reads the body, headers and footers once, notes, comments, text boxes, equations and charts. */
export async function extractDocx(bytes: Uint8Array): Promise<ExtractedText> {
  const archive = openArchive(bytes);
  const main = mainPart(archive);
  const related = relationsOf(archive.read, main);
  const partOf = (type: string): Uint8Array | undefined =>
    archive.read(related.find((part) => part.type === type)?.target ?? `word/${type}.xml`);
  const styles = readStyles(partOf('styles'));
  const numbering = readNumbering(partOf('numbering'));
  const textOf = (part: string): string => bodyText(archive.read(part), styles, numbering);
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
  return { text: bodyText(xml, readStyles(xml), readNumbering(xml)) };
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

interface Paragraph {
  text: string;
  level: number;
  /** The level of an item of a list; a paragraph that is numbered by its style is none. */
  listLevel: number;
  style: string;
  /** What it states itself of its place in a list, before its style. */
  list: string | null;
  isDropCap: boolean;
  /** Where the last equation ends in the text. */
  equationEnd: number;
}

const newParagraph: Readonly<Paragraph> = {
  text: '',
  level: 0,
  listLevel: -1,
  style: '',
  list: null,
  isDropCap: false,
  equationEnd: -1,
};

/** A table, and the cells read so far. */
interface OpenTable {
  readonly rows: { readonly blocks: string[]; readonly span: number; readonly isBelow: boolean }[][];
  isNamed: boolean;
  isLayout: boolean;
}

function bodyText(xml: Uint8Array | undefined, styles: Styles, numbering: Numbering): string {
  const reader = new BodyReader(styles, numbering);
  walkXml(xml, reader);
  return reader.end();
}

class BodyReader {
  readonly #styles: Styles;
  readonly #numbering: Numbering;
  readonly #count: Counter;
  readonly #equations = new EquationSigns();
  readonly #blocks: string[][] = [[]];
  readonly #paragraphs: Paragraph[] = [];
  readonly #tables: OpenTable[] = [];
  #span = 1;
  #isBelow = false;
  #unseen = 0;
  #isText = false;
  /** The large first letters of a paragraph, which stand in one of their own before it. */
  #dropCap = '';
  /** The last block, if it is a list that the next item continues. */
  #lastItem: string | null = null;
  /** A list in a form, and the number of the entry that was chosen. */
  #options: { chosen: number | null; readonly labels: string[] } = { chosen: null, labels: [] };

  constructor(styles: Styles, numbering: Numbering) {
    this.#styles = styles;
    this.#numbering = numbering;
    this.#count = numbering.start();
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (unseen.has(name)) this.#unseen++;
    if (this.#unseen > 0) return;
    const paragraph = this.#paragraphs.at(-1);
    const table = this.#tables.at(-1);
    if (paragraph !== undefined) paragraph.text += this.#equations.open(name, attributes);
    switch (name) {
      case 'p':
        this.#paragraphs.push({ ...newParagraph });
        return;
      case 't':
        this.#isText = true;
        return;
      case 'oMath':
        // Of equations beside each other, each is a line of its own.
        if (paragraph !== undefined && paragraph.text.length === paragraph.equationEnd) paragraph.text += '\n';
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
        if (paragraph !== undefined) paragraph.style = attributes['val'] ?? '';
        if (paragraph !== undefined) paragraph.level = this.#styles.get(paragraph.style)?.level ?? 0;
        return;
      case 'framePr':
        if (paragraph !== undefined) paragraph.isDropCap = /^(drop|margin)$/.test(attributes['dropCap'] ?? '');
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
      case 'numId':
        if (paragraph !== undefined) paragraph.list = attributes['val'] ?? null;
        // Number 0 takes the paragraph out of the list of its style.
        if (paragraph?.list === '0') paragraph.listLevel = -1;
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
    if (paragraph !== undefined) paragraph.text += this.#equations.close(name);
    if (paragraph !== undefined && name === 'oMath') paragraph.equationEnd = paragraph.text.length;
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
    if (paragraph === undefined) return;
    // Paragraphs without text count too.
    const label = this.#labelOf(paragraph);
    const text = paragraph.text.trim();
    if (text === '') return;
    if (paragraph.isDropCap) {
      this.#dropCap = text;
      return;
    }
    const whole = `${this.#dropCap}${text}`;
    this.#dropCap = '';
    this.#push(paragraph, label, whole);
  }

  #push({ level, listLevel }: Paragraph, label: string, text: string): void {
    const blocks = this.#blocks.at(-1);
    const isNumbered = label !== '';
    const numbered = isNumbered ? `${label} ${text}` : text;
    const item = `${'  '.repeat(Math.max(0, listLevel))}${isNumbered ? numbered : `- ${text}`}`;
    const isHeading = level > 0;
    const previous = blocks?.at(-1);
    const table = this.#tables.at(-1);
    const isContinued = previous !== undefined && previous === this.#lastItem;
    this.#lastItem = null;
    if (isHeading && table !== undefined) table.isLayout = true;
    if (isHeading) blocks?.push(`${'#'.repeat(level)} ${numbered.replaceAll(/\s+/g, ' ')}`);
    else if (listLevel < 0) blocks?.push(numbered);
    else if (blocks !== undefined) {
      this.#lastItem = isContinued ? `${previous}\n${item}` : item;
      blocks.splice(isContinued ? -1 : blocks.length, 1, this.#lastItem);
    }
  }

  /** @returns '' if nothing or a bullet stands in front of the paragraph */
  #labelOf({ style, list, listLevel }: Paragraph): string {
    const own = this.#styles.get(style);
    const id = list ?? own?.list ?? null;
    if (id === null) return '';
    const level = listLevel >= 0 && list !== null ? listLevel : own?.listLevel;
    return this.#count({ list: id, level: level ?? this.#numbering.levelOf(id, style) ?? Math.max(0, listLevel) });
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
