/** Reads the tables of Pages, Numbers and Keynote since 2013. */

import { type IworkObject, type IworkObjects, referred } from './iwork-objects.ts';
import type { Message } from './protobuf.ts';
import { tableToText, toTable } from './tables.ts';

/** Numbers of fields: TST.TableModelArchive, DataStore, Tile, TileRowInfo, TableDataList and its entries. */
const model = { store: 4, name: 8 } as const;
const store = { tiles: 3, strings: 4, richTexts: 17 } as const;
const tileRow = { index: 1, cells: 6, offsets: 7, isWide: 8 } as const;
const list = { entries: 3, segments: 4 } as const;
const entry = { key: 1, text: 3, richText: 9 } as const;
/** The version of cells that is read, that of files saved since 2017. */
const cellVersion = 5;
/** The kind of a cell is in its second byte. */
const kinds = { number: 2, text: 3, date: 5, boolean: 6, duration: 7, richText: 9, currency: 10 } as const;
/** The flags at byte 8 say which values follow from byte 12 on, in this order. */
const values = { decimal: 1, double: 2, seconds: 4, text: 8, richText: 16 } as const;
const valuesStart = 12;
/** Seconds from 1970 to 2001, in which Apple's times begin. */
const epoch = 978_307_200;
const maxColumns = 1000;
/** A large table has a part for every 256 rows. */
const rowsPerTile = 256;

/** Renders a table below its name. If its cells are of an older version, only their texts are listed. */
export function tableText(objects: IworkObjects, table: IworkObject): string {
  const data = table.message.message(model.store);
  if (data === undefined) return '';
  const texts = textsOf(objects, data.message(store.strings), (one) => one.text(entry.text));
  const richTexts = textsOf(objects, data.message(store.richTexts), (one) => richText(objects, one));
  const tiles = data.message(store.tiles)?.messages(1) ?? [];
  const rows = tiles.flatMap((tile) => rowsOf(objects, tile, { texts, richTexts }));
  const cells = rows.toSorted((a, b) => a.index - b.index).map((row) => row.cells);
  const hasCells = cells.some((row) => row.some((cell) => cell !== ''));
  const text = hasCells ? tableToText(toTable(cells)) : [...texts.values(), ...richTexts.values()].join('\n');
  const name = table.message.text(model.name);
  return text === '' ? '' : [name === '' ? '' : `## ${name}`, text].filter((part) => part !== '').join('\n\n');
}

function textsOf(
  objects: IworkObjects,
  reference: Message | undefined,
  textOf: (one: Message) => string,
): Map<number, string> {
  const whole = referred(objects, reference)?.message;
  const segments = whole?.messages(list.segments).map((one) => referred(objects, one)?.message) ?? [];
  const entries = [whole, ...segments].flatMap((one) => one?.messages(list.entries) ?? []);
  const byKey = entries.map((one) => [one.number(entry.key) ?? 0, textOf(one)] as const);
  return new Map(byKey.toSorted(([a], [b]) => a - b));
}

function richText(objects: IworkObjects, one: Message): string {
  const payload = referred(objects, one.message(entry.richText))?.message;
  return referred(objects, payload?.message(1))?.message.text(3) ?? '';
}

interface Texts {
  readonly texts: ReadonlyMap<number, string>;
  readonly richTexts: ReadonlyMap<number, string>;
}

function rowsOf(objects: IworkObjects, tile: Message, texts: Texts): { index: number; cells: string[] }[] {
  const first = (tile.number(1) ?? 0) * rowsPerTile;
  const rows = referred(objects, tile.message(2))?.message.messages(5) ?? [];
  return rows.map((row) => ({ index: first + (row.number(tileRow.index) ?? 0), cells: cellsOf(row, texts) }));
}

/** Each column has an offset in two bytes, which is negative for an empty cell, and counts four bytes if it is wide. */
function cellsOf(row: Message, texts: Texts): string[] {
  const [cells = new Uint8Array()] = row.parts(tileRow.cells);
  const [offsets = new Uint8Array()] = row.parts(tileRow.offsets);
  const view = viewOf(offsets);
  const unit = row.number(tileRow.isWide) === 1 ? 4 : 1;
  const shown: string[] = [];
  for (let column = 0; column < Math.min(maxColumns, Math.floor(offsets.length / 2)); column++) {
    const offset = view.getInt16(column * 2, true);
    shown.push(offset < 0 ? '' : cellText(cells.subarray(offset * unit), texts));
  }
  return shown.slice(0, shown.findLastIndex((cell) => cell !== '') + 1);
}

function cellText(cell: Uint8Array, { texts, richTexts }: Texts): string {
  const view = viewOf(cell);
  if (cell.length < valuesStart || cell[0] !== cellVersion) return '';
  const flags = view.getUint32(8, true);
  const has = (value: number): boolean => (flags & value) !== 0;
  let at = valuesStart;
  const skip = (value: number, length: number): number => (has(value) ? (at += length) - length : -1);
  const [decimal, double, seconds, text, rich] = [
    skip(values.decimal, 16),
    skip(values.double, 8),
    skip(values.seconds, 8),
    skip(values.text, 4),
    skip(values.richText, 4),
  ];
  if (at > cell.length) return '';
  switch (cell[1] ?? 0) {
    case kinds.number:
    case kinds.currency:
      return decimal < 0 ? '' : String(decimalAt(cell.subarray(decimal)));
    case kinds.text:
      return text < 0 ? '' : (texts.get(view.getUint32(text, true)) ?? '');
    case kinds.richText:
      return rich < 0 ? '' : (richTexts.get(view.getUint32(rich, true)) ?? '');
    case kinds.date:
      return seconds < 0 ? '' : shownDate(view.getFloat64(seconds, true));
    case kinds.boolean:
      return double < 0 ? '' : view.getFloat64(double, true) > 0 ? 'TRUE' : 'FALSE';
    case kinds.duration:
      return double < 0 ? '' : shownDuration(view.getFloat64(double, true));
    default:
      return '';
  }
}

/** IEEE 754 decimal128: 113 bits of digits, then the exponent of ten, then the sign. */
function decimalAt(bytes: Uint8Array): number {
  const [last = 0, beforeLast = 0] = [bytes[15], bytes[14]];
  const exponent = (((last & 0x7f) << 7) | (beforeLast >> 1)) - 0x1820;
  let digits = BigInt(beforeLast & 1);
  for (let i = 13; i >= 0; i--) digits = (digits << 8n) | BigInt(bytes[i] ?? 0);
  return Number(`${(last & 0x80) === 0 ? '' : '-'}${digits}e${exponent}`);
}

function shownDate(seconds: number): string {
  const date = new Date((seconds + epoch) * 1000);
  if (Number.isNaN(date.getTime())) return '';
  return date.toISOString().slice(0, 16).replace('T', ' ').replace(' 00:00', '');
}

function shownDuration(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
