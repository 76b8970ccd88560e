import { type CellObject, read, SSF, type WorkSheet } from '@e965/xlsx';
import type { ExtractedText } from './extracted-text.ts';
import { tableToText, toTable } from './tables.ts';

/** Further rows of a sheet are dropped, and the metadata says so. */
const maxRows = 200_000;

/**
 * Reads sheets of .xlsx, .xlsm, .xlsb, .xls and .ods: cells as displayed, with their number formats, and comments
 * below.
 */
export function extractSpreadsheet(bytes: Uint8Array): ExtractedText {
  const book = read(bytes, { type: 'array', dense: true, cellHTML: false, cellNF: true, sheetRows: maxRows });
  const texts = book.SheetNames.flatMap((name) => {
    const sheet = book.Sheets[name];
    return sheet === undefined ? [] : [`# ${name}\n\n${sheetText(sheet)}`];
  });
  return { text: texts.join('\n\n'), metadata: { sheets: book.SheetNames.length } };
}

function sheetText(sheet: WorkSheet): string {
  const rows = sheet['!data'] ?? [];
  const comments: string[] = [];
  const cells: string[][] = [];
  for (const row of rows) {
    const line: string[] = [];
    // Empty rows and cells are holes in the array.
    for (let i = 0; i < (row?.length ?? 0); i++) {
      const cell = row?.[i];
      line.push(cell === undefined ? '' : shownText(cell));
      for (const { a, t } of cell?.c ?? []) if (t !== undefined && t !== '') comments.push(a ? `${a}: ${t}` : t);
    }
    if (line.length > 0) cells.push(line);
  }
  const notes = comments.length === 0 ? '' : `Comments:\n\n${comments.join('\n')}`;
  return [tableToText(toTable(cells)), notes].filter((part) => part !== '').join('\n\n');
}

function shownText({ w, v, z }: CellObject): string {
  if (typeof v === 'number' && typeof z === 'string' && (w === undefined || w === String(v)) && /[dmy]\./i.test(z))
    return dottedDate(z, v);
  if (w !== undefined) return w.trim();
  return typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean' ? String(v) : '';
}

/** The formatter mistakes the dots of `dd.mm.yyyy` for decimal points and would show the day's serial number. */
function dottedDate(format: string, value: number): string {
  try {
    return String(SSF.format(format.replace(/(?<=[dmy])\.(?=\s?[dmy]|\s)/gi, '"."'), value));
  } catch {
    return String(value);
  }
}
