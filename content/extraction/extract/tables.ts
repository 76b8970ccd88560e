/** Renders tables as text that can be cut between any two rows: each part names its columns, and rows stay whole. */

import { createHash } from 'node:crypto';
import { maxTextLength } from '../normalize.ts';

export interface Table {
  /** Lines above the table, in its first rows. */
  readonly titles: readonly string[];
  /** Null if the first row is data like the others. */
  readonly header: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
}

/** Once a part has this many characters, it ends at the first row whose content says so. */
const minPartLength = 400;
const maxPart = 1400;
/** On average, one row in this many ends a part. */
const boundaryEvery = 4;
/** Maximum length of the header repeated in each part; the whole header occurs once. */
const repeatedHeader = 300;
/** Column names are repeated in each row if that makes the rows at most about four times as long. */
const namedRowGrowth = 3;
const shortNames = 40;
const maxTitles = 5;

const numeric = /^[\s()+\-–−.,:/%€$£¥'’\d]*$/u;
const year = /^(19|20)\d\d$/;
/** What people write in place of a number that they do not know. */
const unknown = /^(n\.?\/?a\.?|none|null|nil|tb[cd]|[-–—?]+)$/iu;
/** Number of rows of a table that the rows below it are compared with. */
const sampledRows = 50;
const plainNumber = /^-?\d{1,15}(\.\d{1,10})?$/;

/**
 * Finds titles and the header among rows of displayed cells.
 * @param isNamed whether the table itself declares its first row as names
 */
export function toTable(cells: readonly (readonly string[])[], { isNamed = false } = {}): Table {
  const rows = cells.map(trimRow).filter((row) => row.length > 0);
  const isTable = rows.filter((row) => filled(row) > 1).length > 1;
  const firstOfTable = isTable ? rows.findIndex((row) => filled(row) > 1) : 0;
  const titles = rows.slice(0, firstOfTable > maxTitles ? 0 : firstOfTable).map((row) => row.join('').trim());
  const [first, ...rest] = rows.slice(titles.length);
  if (first === undefined) return { titles, header: null, rows: [] };
  return (isNamed || isHeader(first)) && rest.length > 0
    ? { titles, header: first, rows: rest }
    : { titles, header: null, rows: [first, ...rest] };
}

/**
 * Finds the tables of a sheet, of which each one below another begins with names of its own behind an empty row. Rows
 * behind an empty row may also go on with the table above, so names are told by what is below them, and by what is not
 * like the table above.
 * @param starts the rows with the names of tables that the sheet declares
 */
export function toTables(
  cells: readonly (readonly string[])[],
  starts: ReadonlySet<number> = new Set<number>(),
): Table[] {
  const tables: TableAbove[] = [];
  for (const { rows: block, isDeclared } of blocksOf(cells, starts)) {
    const names = namesOf(block);
    const table = tables.at(-1);
    const begins =
      isDeclared || (names !== null && (hasNumbersBelow(block, names) || (table?.isOther(block) ?? false)));
    if (table === undefined || begins) tables.push(new TableAbove(block, names ?? []));
    else for (const row of block) table.rows.push(row);
  }
  return tables.map(({ rows }) => toTable(rows));
}

type Rows = (readonly string[])[];

/**
 * A table, to which the rows of the next block may belong. A sheet has thousands of blocks or of columns, so what is known of
 * the columns is kept, and each cell of a block is looked at once.
 */
class TableAbove {
  readonly rows: Rows;
  readonly #header: readonly string[];
  readonly #names: ReadonlySet<string>;
  /** Number of columns up to the last one with a name. */
  readonly #width: number;
  #numbered: ReadonlySet<number> = new Set();
  /** Number of the first rows from which `#numbered` was found. */
  #sampled = 0;

  constructor(rows: Rows, header: readonly string[]) {
    this.rows = [...rows];
    this.#header = header;
    this.#names = new Set(header.filter((name) => name !== ''));
    this.#width = header.findLastIndex((name) => name !== '') + 1;
  }

  /** Whether its names are not those of the rows, which begin with names, too. */
  isOther(block: Rows): boolean {
    const rows = block.slice(block.findIndex((row) => filled(row) > 1));
    if (rows[0]?.some((name) => this.#names.has(name)) === true) return true;
    if (this.#header.length > 0 && rows.every((row) => trimRow(row).length > this.#width)) return true;
    return [...columnsOf(rows, this.#numberedColumns()).values()].some((cells) =>
      holdsWordsOnly(cells.filter(isKnown)),
    );
  }

  /** The columns that have names and hold nothing but numbers in the first rows. */
  #numberedColumns(): ReadonlySet<number> {
    const first = this.rows.slice(0, 2 * sampledRows);
    if (first.length === this.#sampled) return this.#numbered;
    this.#sampled = first.length;
    const top = first.slice(0, sampledRows).findIndex((row) => filled(row) > 1);
    const columns = columnsOf(first.slice(top + 1, top + 1 + sampledRows), namedIn(this.#header));
    const numbered = [...columns].filter(([, cells]) => holdsNumbersOnly(cells.filter(isKnown)));
    this.#numbered = new Set(numbered.map(([column]) => column));
    return this.#numbered;
  }
}

/** The columns that have names. */
function namedIn(header: readonly string[]): Set<number> {
  return new Set(header.flatMap((name, i) => (name === '' ? [] : [i])));
}

/** Returns what stands in these columns, from top to bottom. A column without anything is left out. */
function columnsOf(rows: Rows, columns: ReadonlySet<number>): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const row of rows)
    for (const [column, written] of row.entries()) {
      const cell = columns.has(column) ? written.trim() : '';
      if (cell === '') continue;
      const cells = found.get(column);
      if (cells === undefined) found.set(column, [cell]);
      else cells.push(cell);
    }
  return found;
}

function isKnown(cell: string): boolean {
  return !unknown.test(cell);
}

function holdsNumbersOnly(cells: readonly string[]): boolean {
  return cells.length > 1 && cells.every(isNumeric);
}

/** A name and words that differ from it; words that tell why there is no number are often the same. */
function holdsWordsOnly([name, ...words]: readonly string[]): boolean {
  return (
    words.length > 1 && !words.includes(name ?? '') && new Set(words).size === words.length && !words.some(isNumeric)
  );
}

interface RowBlock {
  readonly rows: Rows;
  /** Whether it is a table that the sheet declares. */
  readonly isDeclared: boolean;
}

/** Returns the rows between empty ones, and between those that begin a declared table and its title. */
function blocksOf(cells: readonly (readonly string[])[], starts: ReadonlySet<number>): RowBlock[] {
  const blocks: RowBlock[] = [];
  let isOpen = false;
  cells.forEach((row, at) => {
    const isEmpty = row.every((cell) => cell.trim() === '');
    const isDeclared = starts.has(at);
    const above = isOpen ? blocks.at(-1) : undefined;
    const titles =
      isDeclared && above?.rows.every((one) => filled(one) === 1) === true ? blocks.pop()?.rows : undefined;
    if (isDeclared) blocks.push({ rows: [...(titles ?? []), row], isDeclared });
    else if (!isEmpty && above !== undefined) above.rows.push(row);
    else if (!isEmpty) blocks.push({ rows: [row], isDeclared });
    isOpen = !isEmpty;
  });
  return blocks;
}

/** @returns null if the rows do not begin with names, each different and below at most a few titles */
function namesOf(block: readonly (readonly string[])[]): readonly string[] | null {
  const at = block.slice(0, maxTitles + 1).findIndex((row) => filled(row) > 1);
  const names = at < 0 || at === block.length - 1 ? null : trimRow(block[at] ?? []);
  const known = names?.filter((name) => name !== '') ?? [];
  const areNames = new Set(known).size === known.length && !known.some((name) => unknown.test(name));
  return names !== null && areNames && isHeader(names) ? names : null;
}

/** Whether most cells below one of the names are numbers. */
function hasNumbersBelow(block: readonly (readonly string[])[], names: readonly string[]): boolean {
  const top = block.findIndex((row) => filled(row) > 1);
  return [...columnsOf(block.slice(top + 1), namedIn(names)).values()].some(
    (below) => below.filter(isNumeric).length > below.length / 2,
  );
}

/** A cell of a table in which cells may be merged. */
export interface MergedCell {
  readonly text: string;
  /** The number of columns that it covers. */
  readonly span: number;
  /** Whether it is covered by the cell above it. */
  readonly isBelow: boolean;
}

/** A longer text of merged cells is not repeated in each row. */
export const maxRepeatedCell = 200;

/** Repeats a cell that covers several rows in each of them, so that each row can be understood without the others. */
export function spreadMerged(rows: readonly (readonly MergedCell[])[]): string[][] {
  const spread: string[][] = [];
  for (const row of rows) {
    const above = spread.at(-1) ?? [];
    const cells: string[] = [];
    for (const { text, span, isBelow } of row) {
      const covering = above[cells.length] ?? '';
      cells.push(isBelow && covering.length <= maxRepeatedCell ? covering : text);
      for (let i = 1; i < span; i++) cells.push('');
    }
    spread.push(cells);
  }
  return spread;
}

/** A table with this many rows is described above them. */
const manyRows = 100;
const maxDescription = 1000;
/** Further columns are not described, so that the time depends on the number of rows alone. */
const maxDescribed = 50;
/** A column with at most this many different values is described by them. */
const maxValues = 8;
const maxValue = 40;

/** Says what a long table contains, so that a question about the whole finds more than single rows. */
function descriptionOf({ header, rows }: Table): string {
  if (header === null || rows.length < manyRows) return '';
  const columns = header
    .slice(0, maxDescribed)
    .map((name, i) => columnOf(name, rows, i))
    .filter((column) => column !== '');
  const all = columns.join(', ').slice(0, maxDescription).toWellFormed();
  return `A table of ${rows.length} rows with the columns ${all}.`;
}

function columnOf(name: string, rows: Table['rows'], column: number): string {
  if (name === '') return '';
  const values = new Set<string>();
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const cell = row[column] ?? '';
    if (cell === '') continue;
    if (values.size <= maxValues) values.add(cell);
    const number = plainNumber.test(cell) ? Number(cell) : Number.NaN;
    min = Math.min(min, number);
    max = Math.max(max, number);
  }
  if (values.size > 1 && values.size <= maxValues && [...values].every((value) => value.length <= maxValue))
    return `${name} (${[...values].join('; ')})`;
  // One cell that is no plain number makes both of them none.
  return Number.isFinite(min) && values.size > 1 ? `${name} (${min} to ${max})` : name;
}

/** Renders a table as paragraphs of text. Together they are about as long as the table. */
export function tableToText(table: Table): string {
  const { titles, header, rows } = table;
  const isNamed = header !== null && namesAreShort(header, rows);
  const top = header === null ? '' : header.join(' | ').trim();
  const repeated = top.length > repeatedHeader ? `${top.slice(0, repeatedHeader).toWellFormed()}…` : top;
  const lines = rows.map((row) => (isNamed ? namedRow(header, row) : row.join(' | ').trim()));
  const parts = inParts(lines.filter((line) => line !== ''));
  const paragraphs = parts.map((part, i) => {
    const names = i === 0 ? top : isNamed ? '' : repeated;
    return [names, ...part].filter((line) => line !== '').join('\n');
  });
  const shown = paragraphs.length === 0 ? [top] : paragraphs;
  return [...titles, descriptionOf(table), ...shown].filter((part) => part !== '').join('\n\n');
}

function namedRow(names: readonly string[], row: readonly string[]): string {
  const cells = row.map((cell, i) => (cell === '' || !names[i] ? cell : `${names[i]}: ${cell}`));
  return cells.filter((cell) => cell !== '').join(' | ');
}

function namesAreShort(names: readonly string[], rows: readonly (readonly string[])[]): boolean {
  const length = names.reduce((sum, name) => sum + name.length + 2, 0);
  const cells = rows.reduce((sum, row) => sum + row.reduce((all, cell) => all + cell.length + 3, 0), 0);
  const isShort = length <= Math.max(shortNames, (namedRowGrowth * cells) / Math.max(1, rows.length));
  // Repeated names must not displace the last rows of a long table.
  return isShort && cells + length * rows.length < maxTextLength;
}

/**
 * The rows around a position decide whether a part ends there, so that a row inserted at the front does not move all
 * others.
 */
function inParts(lines: readonly string[]): string[][] {
  const parts: string[][] = [];
  let part: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (part.length > 0 && length + line.length > maxPart) {
      parts.push(part);
      part = [];
      length = 0;
    }
    part.push(line);
    length += line.length + 1;
    if (length < minPartLength || !endsPart(line)) continue;
    parts.push(part);
    part = [];
    length = 0;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function endsPart(line: string): boolean {
  return (createHash('md5').update(line).digest()[0] ?? 0) % boundaryEvery === 0;
}

/** Column names are words; a year counts as one. */
function isHeader(row: readonly string[]): boolean {
  const cells = row.filter((cell) => cell !== '');
  return cells.length > 0 && cells.every((cell) => !isNumeric(cell) || year.test(cell)) && !cells.every(isYear);
}

function isNumeric(cell: string): boolean {
  return numeric.test(cell) && /\d/.test(cell);
}

function isYear(cell: string): boolean {
  return year.test(cell);
}

function filled(row: readonly string[]): number {
  return row.filter((cell) => cell !== '').length;
}

/** Reduces each cell to one line and drops empty cells at the end. */
function trimRow(row: readonly string[]): string[] {
  const cells = row.map((cell) => {
    const lines = cell.trim().split(/[\r\n]+/);
    return lines.map((line) => line.trim()).join(' ');
  });
  return cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1);
}
