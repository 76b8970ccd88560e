import { openArchive } from './archive.ts';
import type { ExtractedText } from './extracted-text.ts';
import { tableToText, toTable } from './tables.ts';
import { walkXml } from './xml.ts';

/** Limits repeats, because a cell or a row may claim to be repeated a million times. */
const maxRepeats = 50;
const maxBlanks = 100;
const maxListDepth = 8;

/** Reads OpenDocument texts and presentations: body, notes, comments, tables; headers and footers once. */
export function extractOpenDocument(bytes: Uint8Array): ExtractedText {
  const archive = openArchive(bytes);
  const content = archive.read('content.xml');
  if (content === undefined) throw new RangeError('no content in the archive');
  const body = new OpenDocumentReader('body');
  walkXml(content, body);
  const frame = new OpenDocumentReader('master-styles');
  walkXml(archive.read('styles.xml'), frame);
  const heads = [...new Set(frame.blocks())].filter((block) => !/^<.*>$/.test(block));
  const { pages } = body;
  return {
    text: [...heads, ...body.blocks()].filter((part) => part !== '').join('\n\n'),
    ...(pages > 0 ? { metadata: { slides: pages } } : {}),
  };
}

class OpenDocumentReader {
  readonly #section: string;
  readonly #blocks: string[][] = [[]];
  readonly #paragraphs: { text: string; level: number }[] = [];
  readonly #tables: { rows: string[][] }[] = [];
  #isInside = false;
  #lists = 0;
  #repeat = 1;
  pages = 0;

  constructor(section: string) {
    this.#section = section;
  }

  blocks(): string[] {
    return (this.#blocks[0] ?? []).filter((block) => block.trim() !== '');
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (name === this.#section) this.#isInside = true;
    if (!this.#isInside) return;
    const paragraph = this.#paragraphs.at(-1);
    switch (name) {
      case 'p':
        this.#paragraphs.push({ text: '', level: 0 });
        return;
      case 'h':
        this.#paragraphs.push({ text: '', level: Math.min(Number(attributes['outline-level']) || 1, 6) });
        return;
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
        this.#blocks[0]?.push(`${this.pages === 1 ? '' : '\f'}# Slide ${this.pages}`);
        return;
      case 'notes':
        this.#blocks[0]?.push('Notes:');
        return;
      case 'table':
        this.#tables.push({ rows: [] });
        return;
      case 'table-row':
        this.#tables.at(-1)?.rows.push([]);
        return;
      case 'table-cell':
      case 'covered-table-cell':
        this.#repeat = Math.min(Number(attributes['number-columns-repeated']) || 1, maxRepeats);
        this.#blocks.push([]);
        return;
      default:
    }
  };

  readonly text = (text: string): void => {
    const paragraph = this.#paragraphs.at(-1);
    if (paragraph !== undefined) paragraph.text += text.replaceAll(/\s+/g, ' ');
  };

  readonly close = (name: string): void => {
    if (name === this.#section) this.#isInside = false;
    if (!this.#isInside) return;
    if (name === 'list') this.#lists--;
    if (name === 'p' || name === 'h') this.#endParagraph();
    if (name === 'table-cell' || name === 'covered-table-cell') {
      const cell = (this.#blocks.pop() ?? []).join(' ');
      const row = this.#tables.at(-1)?.rows.at(-1);
      for (let i = 0; i < this.#repeat; i++) row?.push(cell);
    }
    if (name === 'table') {
      const table = this.#tables.pop();
      if (table !== undefined) this.#blocks.at(-1)?.push(tableToText(toTable(table.rows)));
    }
  };

  #endParagraph(): void {
    const paragraph = this.#paragraphs.pop();
    const text = paragraph?.text.trim() ?? '';
    const blocks = this.#blocks.at(-1);
    if (paragraph === undefined || text === '' || blocks === undefined) return;
    if (paragraph.level > 0) blocks.push(`${'#'.repeat(paragraph.level)} ${text}`);
    else if (this.#lists > 0) blocks.push(`${'  '.repeat(Math.min(this.#lists - 1, maxListDepth))}- ${text}`);
    else blocks.push(text);
  }
}
