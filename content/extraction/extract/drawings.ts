/** Reads drawings in Office files: text in shapes, tables on slides, charts, diagrams. */

import { type MergedCell, spreadMerged, tableToText, toTable } from './tables.ts';
import { EquationSigns } from './office-equations.ts';
import { walkXml } from './xml.ts';

/** Returns the titles, series names, categories and values of a chart, series by series. */
export function valuesOf(chart: Uint8Array | undefined): string {
  const lines: string[][] = [[]];
  let isValue = false;
  walkXml(chart, {
    open: (name) => {
      if (name === 'ser') lines.push([]);
      isValue = name === 'v' || name === 't' || name === 'pt';
    },
    text: (text) => {
      if (isValue && text.trim() !== '') lines.at(-1)?.push(text.trim());
    },
    close: () => {
      isValue = false;
    },
  });
  return lines
    .filter((line) => line.length > 0)
    .map((line) => line.join(' | '))
    .join('\n');
}

/** Returns the texts of SmartArt and similar diagrams in order. */
export function diagramText(xml: Uint8Array | undefined): string {
  return readDrawing(xml).blocks.join('\n');
}

export interface Drawing {
  readonly title: string | null;
  readonly blocks: readonly string[];
}

const placeholders = /^(title|ctrTitle)$/;
/** Slide numbers and dates, which repeat on every slide. */
const furniture = /^(sldNum|dt)$/;

const nobody: ReadonlyMap<string, string> = new Map();

/**
 * Returns the texts of a slide, its notes or its comments in order, with tables as rows.
 * @param authors names of the authors of comments, by id; each comment stands below its author
 */
export function readDrawing(xml: Uint8Array | undefined, authors = nobody): Drawing {
  const reader = new DrawingReader(authors);
  walkXml(xml, reader);
  return reader;
}

const comments = /^(cm|reply)$/;

class DrawingReader implements Drawing {
  title: string | null = null;
  readonly blocks: string[] = [];
  #paragraph: string | null = null;
  #shape: string[] = [];
  #placeholder = '';
  #rows: MergedCell[][] | null = null;
  #cell: string[] | null = null;
  #isBelow = false;
  #isText = false;
  #fallbacks = 0;
  readonly #equations = new EquationSigns();
  readonly #authors: ReadonlyMap<string, string>;
  /** The authors of the comment that is open, and of the one that it replies to. */
  readonly #comments: string[] = [];

  constructor(authors: ReadonlyMap<string, string>) {
    this.#authors = authors;
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (name === 'Fallback') this.#fallbacks++;
    if (this.#fallbacks > 0) return;
    const { type, vMerge, descr, authorId } = attributes;
    if (comments.test(name)) this.#comments.push(this.#authors.get(authorId ?? '') ?? '');
    if (name === 'txBody' || name === 'text') this.#beginComment();
    if (this.#paragraph !== null) this.#paragraph += this.#equations.open(name, attributes);
    if (name === 'sp') this.#placeholder = '';
    if (name === 'ph') this.#placeholder = type ?? '';
    if (name === 'p' && this.#paragraph === null) this.#paragraph = '';
    if (name === 't' || name === 'text') {
      this.#isText = true;
      if (name === 'text') this.#paragraph = '';
    }
    if (name === 'br' && this.#paragraph !== null) this.#paragraph += '\n';
    if (name === 'tab' && this.#paragraph !== null) this.#paragraph += '\t';
    if (name === 'tbl') this.#rows = [];
    if (name === 'tr') this.#rows?.push([]);
    if (name === 'tc') this.#cell = [];
    if (name === 'tc') this.#isBelow = vMerge === '1' || vMerge === 'true';
    if (name === 'cNvPr' && descr !== undefined && descr.trim() !== '') this.blocks.push(descr.trim());
  };

  readonly text = (text: string): void => {
    if (this.#isText && this.#paragraph !== null) this.#paragraph += text;
  };

  readonly close = (name: string): void => {
    if (name === 'Fallback') this.#fallbacks--;
    if (this.#fallbacks > 0) return;
    if (this.#paragraph !== null) this.#paragraph += this.#equations.close(name);
    if (name === 't' || name === 'text') this.#isText = false;
    if (name === 'p' || name === 'text') this.#endParagraph();
    if (name === 'tc') this.#endCell();
    if (name === 'tbl') this.#endTable();
    if (name === 'sp' || name === 'pt') this.#endShape();
    if (/^(sld|notes|cmLst|dataModel)$/.test(name) || comments.test(name)) this.#endShape();
    if (comments.test(name)) this.#comments.pop();
  };

  /** The replies to a comment stand before its own text. */
  #beginComment(): void {
    const author = this.#comments.at(-1) ?? '';
    if (author !== '') this.blocks.push(`${author}:`);
  }

  #endParagraph(): void {
    const text = (this.#paragraph ?? '').replaceAll('\v', '\n').trim();
    this.#paragraph = null;
    if (text === '') return;
    if (this.#cell !== null) this.#cell.push(text);
    else this.#shape.push(text);
  }

  #endCell(): void {
    this.#rows?.at(-1)?.push({ text: (this.#cell ?? []).join(' '), span: 1, isBelow: this.#isBelow });
    this.#cell = null;
  }

  #endTable(): void {
    this.#endShape();
    this.blocks.push(tableToText(toTable(spreadMerged(this.#rows ?? []))));
    this.#rows = null;
  }

  #endShape(): void {
    const text = this.#shape.join('\n');
    this.#shape = [];
    if (text === '' || furniture.test(this.#placeholder)) return;
    if (this.title === null && placeholders.test(this.#placeholder)) this.title = text.replaceAll(/\s+/g, ' ');
    else this.blocks.push(text);
  }
}
