import { type CellObject, read, set_cptable, SSF, type WorkBook, type WorkSheet } from '@e965/xlsx';
import { isSyncError } from '../../../domain/errors.ts';
import { decodeAs } from '../decode.ts';
import { encrypted } from '../media-types.ts';
import { maxTextLength } from '../normalize.ts';
import type { ExtractedText } from './extracted-text.ts';
import { type Archive, openArchive } from './archive.ts';
import { encodingOfCodePage } from './code-pages.ts';
import { defaultPassword, openWorkbook } from './default-password.ts';
import { diagramText, readDrawing, valuesOf } from './drawings.ts';
import { drawingsOfSheets } from './opendocument-drawings.ts';
import { extractOpenDocument, refuseEncrypted } from './opendocument.ts';
import { maxRepeatedCell, tableToText, toTables } from './tables.ts';
import { relationsOf, targetsOf, walkXml } from './xml.ts';

/** Limits how many cells are filled below merged ones. */
const maxFilled = 200_000;
/** Further rows of a sheet are dropped, and the metadata says so. */
const maxRows = 200_000;
/**
 * Unpacked bytes of the sheets that are read at once. Each byte takes about six in memory, and a workbook of 500,000 rows
 * took more than a reader may have, although the text of its first sheets is already as long as is stored.
 */
const maxBytesAtOnce = 40 * 1024 * 1024;

/**
 * Spreadsheets from before 1997 have their texts in a code page, which the library knows by its number only. It writes
 * nothing but passwords to try.
 */
set_cptable({
  utils: {
    encode: (_page: number, text: string) => [...Buffer.from(text, 'latin1')],
    decode: (page: number, bytes: Uint8Array | readonly number[]) =>
      decodeAs(encodingOfCodePage(page), Uint8Array.from(bytes)),
  },
});

/**
 * Reads sheets of .xlsx, .xlsm, .xlsb, .xls and .ods: cells as displayed, with their number formats; comments, text
 * boxes and charts below.
 * @param maxAtOnce unpacked bytes of the sheets that are read together
 * @throws SyncError `unreadable`: `encrypted`
 */
export function extractSpreadsheet(bytes: Uint8Array, maxAtOnce = maxBytesAtOnce): ExtractedText {
  const archive = bytes[0] === 0x50 && bytes[1] === 0x4b ? openArchive(bytes) : null;
  if (archive !== null) refuseEncrypted(archive);
  const parts = archive === null ? new Map<string, SheetParts>() : partsOf(archive);
  const texts: string[] = [];
  let count = 0;
  let length = 0;
  let isCut = false;
  for (const names of groupsOf(parts, maxAtOnce)) {
    if (length > maxTextLength) break;
    const book = archive?.has('content.xml') === true ? readOpenDocument(bytes) : readBook(bytes, names);
    if (book === null) return extractOpenDocument(bytes);
    count = book.SheetNames.length;
    for (const [name, sheet] of sheetsIn(book)) {
      const { drawings = '', tableStarts } = parts.get(name) ?? {};
      const text = [`# ${name}`, sheetText(sheet, tableStarts), drawings].filter((part) => part !== '').join('\n\n');
      texts.push(text);
      length += text.length;
      isCut ||= (sheet['!data']?.[maxRows]?.length ?? 0) > 0;
    }
  }
  return { text: texts.join('\n\n'), metadata: { sheets: count, ...(isCut ? { truncated: true } : {}) } };
}

function sheetsIn({ SheetNames, Sheets }: WorkBook): (readonly [name: string, sheet: WorkSheet])[] {
  return SheetNames.flatMap((name) => {
    const sheet = Sheets[name];
    return sheet === undefined ? [] : [[name, sheet] as const];
  });
}

/** @returns the names of the sheets that are read together; null for all that there are */
function groupsOf(parts: ReadonlyMap<string, SheetParts>, maxAtOnce: number): (readonly string[] | null)[] {
  const groups: string[][] = [];
  let left = 0;
  for (const [name, { size = 0 }] of parts) {
    if (groups.length === 0 || size > left) {
      groups.push([]);
      left = maxAtOnce;
    }
    groups.at(-1)?.push(name);
    left -= size;
  }
  return groups.length > 1 ? groups : [null];
}

/** The first byte of a workbook of before 2007. */
const containerMark = 0xd0;

/** Reads one row more than the limit, which shows that there are more. */
function readBook(bytes: Uint8Array, names: readonly string[] | null = null, isOpened = false): WorkBook {
  try {
    return read(bytes, {
      type: 'array',
      dense: true,
      cellHTML: false,
      cellNF: true,
      sheetRows: maxRows + 1,
      password: defaultPassword,
      ...(names === null ? {} : { sheets: [...names] }),
    });
  } catch (error) {
    // The library knows the oldest way of encryption only, and takes some workbooks of it wrongly.
    const opened = isOpened || bytes[0] !== containerMark ? null : openWorkbook(bytes);
    if (opened !== null) return readBook(opened, names, true);
    throw Error.isError(error) && /password|encrypt/i.test(error.message) ? encrypted() : error;
  }
}

/** @returns null if the library refuses the file, which one odd time or number in a cell is enough for */
function readOpenDocument(bytes: Uint8Array): WorkBook | null {
  try {
    return readBook(bytes);
  } catch (error) {
    if (isSyncError(error)) throw error;
    return null;
  }
}

/** What belongs to a sheet and stands in other parts of its file. */
interface SheetParts {
  readonly drawings: string;
  readonly tableStarts?: ReadonlySet<number>;
  /** In bytes, unpacked. */
  readonly size?: number;
}

/** Returns the texts of boxes and charts, and the places of declared tables, by the name of their sheet. */
function partsOf(archive: Archive): Map<string, SheetParts> {
  if (archive.has('content.xml'))
    return new Map([...drawingsOfSheets(archive)].map(([name, drawings]) => [name, { drawings }]));
  const workbook = relationsOf(archive.read, '').find(({ type }) => type === 'officeDocument')?.target;
  if (workbook === undefined) return new Map();
  const parts = new Map(relationsOf(archive.read, workbook).map(({ id, target }) => [id, target]));
  const found = new Map<string, SheetParts>();
  walkXml(archive.read(workbook), {
    open: (element, { name, id }) => {
      if (element !== 'sheet' || name === undefined) return;
      const part = parts.get(id ?? '');
      if (part === undefined) found.set(name, { drawings: '' });
      else
        found.set(name, {
          drawings: textsBeside(archive, part),
          tableStarts: tableStartsOf(archive, part),
          size: archive.sizeOf(part),
        });
    },
  });
  return found;
}

/** Returns the rows, from 0, with the names of the columns of the tables that people have formatted as such. */
function tableStartsOf(archive: Archive, sheet: string): Set<number> {
  const starts = new Set<number>();
  for (const table of targetsOf(relationsOf(archive.read, sheet), /^table$/))
    walkXml(archive.read(table), {
      open: (element, { ref, headerRowCount }) => {
        const row = /^\$?[A-Z]{1,3}\$?(\d{1,7})/.exec(ref ?? '')?.[1];
        if (element === 'table' && row !== undefined && headerRowCount !== '0') starts.add(Number(row) - 1);
      },
    });
  return starts;
}

function textsBeside(archive: Archive, sheet: string): string {
  const texts = targetsOf(relationsOf(archive.read, sheet), /^drawing$/).flatMap((target) => {
    const related = relationsOf(archive.read, target);
    const { title, blocks } = readDrawing(archive.read(target));
    return [
      title ?? '',
      ...blocks,
      ...targetsOf(related, /^chart(Ex)?$/).map((chart) => valuesOf(archive.read(chart))),
      ...targetsOf(related, /^diagramData$/).map((diagram) => diagramText(archive.read(diagram))),
    ];
  });
  return texts.filter((text) => text !== '').join('\n\n');
}

/** Fills the cells below a merged one, so that each row can be understood without the others. */
function fillMerged(sheet: WorkSheet, cells: string[][]): void {
  let left = maxFilled;
  for (const { s: from, e: to } of sheet['!merges'] ?? []) {
    const text = cells[from.r]?.[from.c] ?? '';
    if (to.r === from.r || text === '' || text.length > maxRepeatedCell) continue;
    for (let row = from.r + 1; row <= Math.min(to.r, cells.length - 1) && left > 0; row++, left--) {
      const line = cells[row];
      // A row without cells of its own stays empty.
      if (line === undefined || line.every((cell) => cell === '')) continue;
      while (line.length <= from.c) line.push('');
      line[from.c] = text;
    }
  }
}

function sheetText(sheet: WorkSheet, tableStarts?: ReadonlySet<number>): string {
  const rows = (sheet['!data'] ?? []).slice(0, maxRows);
  const comments: string[] = [];
  const cells: string[][] = [];
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    const line: string[] = [];
    // Empty rows and cells are holes in the array.
    for (let i = 0; i < (row?.length ?? 0); i++) {
      const cell = row?.[i];
      line.push(cell === undefined ? '' : shownText(cell));
      for (const { a, t } of cell?.c ?? []) if (t !== undefined && t !== '') comments.push(a ? `${a}: ${t}` : t);
    }
    cells.push(line);
  }
  fillMerged(sheet, cells);
  const notes = comments.length === 0 ? '' : `Comments:\n\n${comments.join('\n')}`;
  return [...toTables(cells, tableStarts).map(tableToText), notes].filter((part) => part !== '').join('\n\n');
}

function shownText({ w, v, z }: CellObject): string {
  if (typeof v === 'number' && typeof z === 'string' && (w === undefined || w === String(v)) && /[dmy]\./i.test(z))
    return dottedDate(z, v);
  // A number of a phone or an article has up to 15 digits, of which a narrow cell shows six.
  if (typeof v === 'number' && Number.isSafeInteger(v) && /^-?[\d.]+E\+\d+$/.test(w ?? '') && isGeneral(z))
    return String(v);
  if (w !== undefined) return w.trim();
  return typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean' ? String(v) : '';
}

function isGeneral(format: CellObject['z']): boolean {
  return format === undefined || format === 'General';
}

/** The formatter mistakes the dots of `dd.mm.yyyy` for decimal points and would show the day's serial number. */
function dottedDate(format: string, value: number): string {
  try {
    return String(SSF.format(format.replace(/(?<=[dmy])\.(?=\s?[dmy]|\s)/gi, '"."'), value));
  } catch {
    return String(value);
  }
}
