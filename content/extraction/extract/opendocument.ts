import { type Archive, openArchive } from './archive.ts';
import { encrypted } from '../media-types.ts';
import type { ExtractedText } from './extracted-text.ts';
import { mathName, mathSign } from './mathml.ts';
import { ListCounter, ListStyles } from './opendocument-numbering.ts';
import { type MergedCell, spreadMerged, tableToText, toTable } from './tables.ts';
import { partAt, walkXml } from './xml.ts';

/** Limits repeats, because a cell or a row may claim to be repeated a million times. */
const maxRepeats = 50;
const maxBlanks = 100;
const maxListDepth = 8;

/** Elements whose text is not the document's: deleted text, numbers of notes, names and times of authors. */
const unseen = new Set([
  'tracked-changes',
  'note-citation',
  'change-info',
  'binary-data',
  'scripts',
  'forms',
  // How to read the characters before it; in between, it would tear words apart.
  'ruby-text',
]);
/** A title in a text is a field; anywhere else it describes a picture or another object. */
const textElements = /^(p|h|span|a)$/;

/**
 * Reads OpenDocument texts, presentations and drawings: body, notes, comments, tables; headers and footers once.
 * @throws SyncError `unreadable`: `encrypted`
 */
export function extractOpenDocument(bytes: Uint8Array): ExtractedText {
  const archive = openArchive(bytes);
  refuseEncrypted(archive);
  const content = archive.read('content.xml');
  if (content === undefined) throw new RangeError('no content in the archive');
  return readParts(content, archive.read('styles.xml'), objectsIn(archive));
}

/** Returns the text of an embedded object by its address; empty if there is none. */
type Objects = (address: string) => string;

const noObjects: Objects = () => '';

/** Reads formulas, charts and tables, each once. Objects in objects are left out. */
export function objectsIn({ read }: Archive): Objects {
  const seen = new Set<string>();
  return (address) => {
    const name = partAt('', `${address.replace(/\/$/, '')}/content.xml`);
    if (name === null || seen.has(name)) return '';
    seen.add(name);
    const content = read(name);
    const reader = new OpenDocumentReader('body', noObjects);
    walkXml(content, reader);
    return reader.blocks().join('\n\n') || formulaOf(content);
  };
}

/** Returns the characters of a formula (MathML), without its source. */
function formulaOf(content: Uint8Array | undefined): string {
  let formula = '';
  let sources = 0;
  const open: { readonly name: string; count: number }[] = [];
  walkXml(content, {
    open: (name) => {
      if (name.startsWith('annotation')) sources++;
      if (open.length === 0 && name !== 'math') return;
      const parent = open.at(-1);
      if (parent !== undefined) formula += mathSign(name, parent.name, parent.count++ === 0);
      open.push({ name, count: 0 });
    },
    text: (text) => {
      if (open.length > 0 && sources === 0) formula += open.at(-1)?.name === 'mi' ? mathName(text) : text.trim();
    },
    close: (name) => {
      if (name.startsWith('annotation')) sources--;
      open.pop();
    },
  });
  return formula.replaceAll(/ {2,}/g, ' ').trim();
}

/** Reads the form that is one XML document. */
export function extractFlatOpenDocument(xml: Uint8Array): ExtractedText {
  return readParts(xml, xml);
}

/** @throws SyncError `encrypted` if a password is needed, which only the list of parts says */
export function refuseEncrypted({ read }: Archive): void {
  const manifest = new TextDecoder().decode(read('META-INF/manifest.xml'));
  if (/<(\w+:)?encryption-data[\s/>]/.test(manifest)) throw encrypted();
}

function readParts(content: Uint8Array, styles: Uint8Array | undefined, objects: Objects = noObjects): ExtractedText {
  const lists = new ListStyles();
  // Styles stand before what uses them. Those of the content may have the names of others, used by the headers alone.
  const frame = new OpenDocumentReader('master-styles', objects, lists);
  walkXml(styles, frame);
  const body = new OpenDocumentReader('body', objects, lists);
  walkXml(content, body);
  const heads = [...new Set(frame.blocks())].filter((block) => !/^<.*>$/.test(block));
  const { pages } = body;
  return {
    text: [...heads, ...body.blocks()].filter((part) => part !== '').join('\n\n'),
    ...(pages > 0 ? { metadata: { slides: pages } } : {}),
  };
}

class OpenDocumentReader {
  readonly #section: string;
  readonly #objects: Objects;
  readonly #listStyles: ListStyles;
  readonly #counter: ListCounter;
  readonly #path: string[] = [];
  readonly #blocks: string[][] = [[]];
  readonly #paragraphs: { text: string; readonly level: number; readonly label: string }[] = [];
  readonly #tables: { readonly rows: MergedCell[][]; readonly below: number[] }[] = [];
  #isInside = false;
  #lists = 0;
  #repeat = 1;
  #rowSpan = 1;
  #unseen = 0;
  #annotations = 0;
  #isAuthor = false;
  /** The place of the current slide's heading; its title is added to it. */
  #slideAt = -1;
  #isTitle = false;
  /** Most slides have a page of notes without any. */
  #isBeforeNotes = false;
  pages = 0;

  constructor(section: string, objects: Objects, listStyles: ListStyles = new ListStyles()) {
    this.#section = section;
    this.#objects = objects;
    this.#listStyles = listStyles;
    this.#counter = new ListCounter(listStyles);
  }

  blocks(): string[] {
    return (this.#blocks[0] ?? []).filter((block) => block.trim() !== '');
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (name === this.#section) this.#isInside = true;
    if (!this.#isInside) {
      this.#listStyles.open(name, attributes);
      return;
    }
    const parent = this.#path.at(-1) ?? '';
    this.#path.push(name);
    if (unseen.has(name)) this.#unseen++;
    if (this.#unseen > 0) return;
    this.#counter.open(name, attributes);
    const paragraph = this.#paragraphs.at(-1);
    switch (name) {
      case 'annotation':
        this.#annotations++;
        return;
      case 'creator':
      case 'date':
      case 'date-string':
      case 'creator-initials':
        this.#isAuthor = this.#annotations > 0;
        return;
      case 'title':
        if (!textElements.test(parent)) this.#paragraphs.push({ text: '', level: 0, label: '' });
        return;
      case 'object':
        this.#addObject(this.#objects(attributes['href'] ?? ''));
        return;
      case 'desc':
        this.#paragraphs.push({ text: '', level: 0, label: '' });
        return;
      case 'p':
        this.#paragraphs.push({ text: '', level: 0, label: this.#counter.labelOf(attributes, false) });
        return;
      case 'h': {
        const level = Math.min(Number(attributes['outline-level']) || 1, 6);
        this.#paragraphs.push({ text: '', level, label: this.#counter.labelOf(attributes, true) });
        return;
      }
      case 's':
        if (paragraph !== undefined) paragraph.text += ' '.repeat(Math.min(Number(attributes['c']) || 1, maxBlanks));
        return;
      case 'tab':
        if (paragraph !== undefined) paragraph.text += '\t';
        return;
      case 'line-break':
        if (paragraph !== undefined) paragraph.text += '\n';
        return;
      case 'list':
        this.#lists++;
        return;
      case 'page':
        this.pages++;
        this.#slideAt = (this.#blocks[0]?.push(`${this.pages === 1 ? '' : '\f'}# Slide ${this.pages}`) ?? 0) - 1;
        return;
      case 'frame':
        this.#isTitle = attributes['presentation:class'] === 'title';
        return;
      case 'notes':
        this.#isBeforeNotes = this.#section === 'body';
        return;
      case 'table':
        this.#tables.push({ rows: [], below: [] });
        return;
      case 'table-row':
        this.#tables.at(-1)?.rows.push([]);
        return;
      case 'table-cell':
      case 'covered-table-cell':
        this.#repeat = Math.min(Number(attributes['number-columns-repeated']) || 1, maxRepeats);
        this.#rowSpan = Number(attributes['number-rows-spanned']) || 1;
        this.#blocks.push([]);
        return;
      default:
    }
  };

  readonly text = (text: string): void => {
    const paragraph = this.#paragraphs.at(-1);
    if (paragraph !== undefined && this.#unseen === 0 && !this.#isAuthor)
      paragraph.text += text.replaceAll(/\s+/g, ' ');
  };

  readonly close = (name: string): void => {
    if (name === this.#section) this.#isInside = false;
    if (!this.#isInside) return;
    this.#path.pop();
    if (unseen.has(name)) {
      this.#unseen--;
      return;
    }
    if (this.#unseen > 0) return;
    this.#counter.close(name);
    this.#isAuthor = false;
    if (name === 'annotation') this.#annotations--;
    if (name === 'frame') this.#isTitle = false;
    if (name === 'notes') this.#isBeforeNotes = false;
    if (name === 'page') this.#slideAt = -1;
    if (name === 'list') this.#lists--;
    const isDescription = name === 'title' && !textElements.test(this.#path.at(-1) ?? '');
    if (name === 'p' || name === 'h' || name === 'desc' || isDescription) this.#endParagraph();
    if (name === 'table-cell' || name === 'covered-table-cell') this.#endCell(name === 'covered-table-cell');
    if (name === 'table') {
      const table = this.#tables.pop();
      if (table !== undefined) this.#blocks.at(-1)?.push(tableToText(toTable(spreadMerged(table.rows))));
    }
  };

  /** A formula is part of its sentence. */
  #addObject(text: string): void {
    const paragraph = this.#paragraphs.at(-1);
    if (paragraph !== undefined && !text.includes('\n')) paragraph.text += text;
    else this.#blocks.at(-1)?.push(text);
  }

  /** A covered cell is below a cell that spans rows, or beside one that spans columns. */
  #endCell(isCovered: boolean): void {
    const text = (this.#blocks.pop() ?? []).join(' ');
    const table = this.#tables.at(-1);
    const row = table?.rows.at(-1);
    if (table === undefined || row === undefined) return;
    for (let i = 0; i < this.#repeat; i++) {
      const column = row.length;
      const left = table.below[column] ?? 0;
      table.below[column] = isCovered ? Math.max(0, left - 1) : this.#rowSpan - 1;
      row.push({ text, span: 1, isBelow: isCovered && left > 0 });
    }
  }

  #endParagraph(): void {
    const paragraph = this.#paragraphs.pop();
    const text = paragraph?.text.trim() ?? '';
    const blocks = this.#blocks.at(-1);
    if (paragraph === undefined || text === '' || blocks === undefined) return;
    if (this.#isTitle && this.#blocks.length === 1 && this.#slideAt >= 0) {
      const heading = blocks[this.#slideAt] ?? '';
      blocks[this.#slideAt] = `${heading}${/Slide \d+$/.test(heading) ? ':' : ''} ${text.replaceAll(/\s+/g, ' ')}`;
      return;
    }
    if (this.#isBeforeNotes) blocks.push('Notes:');
    this.#isBeforeNotes = false;
    const { level, label } = paragraph;
    const numbered = label === '' ? text : `${label} ${text}`;
    const indent = '  '.repeat(Math.min(Math.max(0, this.#lists - 1), maxListDepth));
    if (level > 0) blocks.push(`${'#'.repeat(level)} ${numbered}`);
    else if (this.#lists > 0) blocks.push(`${indent}${label === '' ? '- ' : ''}${numbered}`);
    else blocks.push(numbered);
  }
}
