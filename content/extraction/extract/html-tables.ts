/** Separates data tables, which become rows of cells, from layout tables. */

import { defaultTreeAdapter as tree, type DefaultTreeAdapterTypes } from 'parse5';
import { blocks, unseen } from './html-elements.ts';
import { type Table, toTable } from './tables.ts';
import { maxCell, maxSpan } from './reading-limits.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;
type Parent = DefaultTreeAdapterTypes.ParentNode;

const structure = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'dl', 'form', 'pre', 'blockquote', 'hr']);

/** Finds layout tables: those that contain tables or headings, have one column or one row, or are declared as such. */
export function findLayoutTables(document: Parent): Set<Element> {
  const layout = new Set<Element>();
  // Each node with its table. There is no recursion, because pages may be nested 100,000 levels deep.
  const open: { readonly node: Node; readonly table: Element | null }[] = [];
  const facts = new Map<Element, { columns: number; rows: number; inRow: number; length: number; isNamed: boolean }>();
  const add = (parent: Parent, table: Element | null): void => {
    for (let i = parent.childNodes.length - 1; i >= 0; i--) {
      const node = parent.childNodes[i];
      if (node !== undefined) open.push({ node, table });
    }
  };
  add(document, null);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, table } = next;
    const known = table === null ? undefined : facts.get(table);
    if (tree.isTextNode(node) && known !== undefined) known.length = Math.max(known.length, node.value.trim().length);
    if (!tree.isElementNode(node)) continue;
    if (table !== null && (node.tagName === 'table' || structure.has(node.tagName))) layout.add(table);
    if (known !== undefined) count(known, node.tagName);
    const isTable = node.tagName === 'table';
    if (isTable) facts.set(node, { columns: 0, rows: 0, inRow: 0, length: 0, isNamed: false });
    if (isTable && node.attrs.some(({ name, value }) => name === 'role' && /none|presentation/.test(value)))
      layout.add(node);
    add(node, isTable ? node : table);
  }
  for (const [table, { columns, rows, length, isNamed }] of facts)
    if (columns < 2 || rows < 2 || (length > maxCell && !isNamed)) layout.add(table);
  return layout;
}

function count(facts: { columns: number; rows: number; inRow: number; isNamed: boolean }, tagName: string): void {
  if (tagName === 'th') facts.isNamed = true;
  if (tagName === 'tr') {
    facts.rows++;
    facts.inRow = 0;
  }
  if (tagName === 'td' || tagName === 'th') facts.columns = Math.max(facts.columns, ++facts.inRow);
}

/** Returns rows of cells. A cell that spans several rows is repeated in each, and its additional columns stay empty. */
export function dataTableOf(table: Element): Table {
  const rows: string[][] = [];
  const below: { text: string; left: number }[] = [];
  const titles: string[] = [];
  for (const row of rowsOf(table)) {
    if (row.tagName === 'caption') {
      titles.push(textOf(row));
      continue;
    }
    const cells: string[] = [];
    const carry = (): void => {
      for (let above = below[cells.length]; above !== undefined && above.left > 0; above = below[cells.length]) {
        above.left--;
        cells.push(above.text);
      }
    };
    for (const cell of row.childNodes) {
      if (!tree.isElementNode(cell) || (cell.tagName !== 'td' && cell.tagName !== 'th')) continue;
      carry();
      const text = textOf(cell);
      for (let i = 0; i < spanOf(cell, 'colspan'); i++) {
        below[cells.length] = { text: i === 0 ? text : '', left: spanOf(cell, 'rowspan') - 1 };
        cells.push(i === 0 ? text : '');
      }
    }
    carry();
    rows.push(cells);
  }
  const found = toTable(rows, { isNamed: hasNames(table) });
  return { ...found, titles: [...titles, ...found.titles] };
}

/** Returns rows and captions in order, without those of nested tables. */
function rowsOf(table: Element): Element[] {
  const groups = new Set(['thead', 'tbody', 'tfoot']);
  return table.childNodes
    .filter((node): node is Element => tree.isElementNode(node))
    .flatMap((node) => (groups.has(node.tagName) ? node.childNodes.filter((row) => tree.isElementNode(row)) : [node]))
    .filter((node) => node.tagName === 'tr' || node.tagName === 'caption');
}

/** Checks whether the first row contains names: all its cells are header cells, or it is in the table's head. */
function hasNames(table: Element): boolean {
  const first = rowsOf(table).find((row) => row.tagName === 'tr');
  if (first === undefined) return false;
  if (first.parentNode !== null && 'tagName' in first.parentNode && first.parentNode.tagName === 'thead') return true;
  const cells = first.childNodes.filter((node) => tree.isElementNode(node));
  return cells.length > 1 && cells.slice(1).every((cell) => cell.tagName === 'th');
}

function spanOf(cell: Element, name: string): number {
  const value = Number(cell.attrs.find((candidate) => candidate.name === name)?.value ?? 1);
  return Number.isInteger(value) ? Math.min(Math.max(value, 1), maxSpan) : 1;
}

/** Returns all text below a node on one line. */
function textOf(element: Element): string {
  const parts: string[] = [];
  const open: (Node | ' ')[] = [element];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === ' ') {
      parts.push(node);
      continue;
    }
    if (tree.isTextNode(node)) parts.push(node.value);
    if (!tree.isElementNode(node) || unseen.has(node.tagName)) continue;
    const attribute = (key: string): string => node.attrs.find(({ name }) => name === key)?.value ?? '';
    if (node.tagName === 'img') parts.push(attribute('alt'));
    if (node.tagName === 'input' && attribute('type') !== 'hidden') parts.push(` ${attribute('value')} `);
    if (node.tagName === 'br' || blocks.has(node.tagName)) {
      parts.push(' ');
      open.push(' ');
    }
    open.push(...node.childNodes.toReversed());
  }
  return parts.join('').replaceAll(/\s+/g, ' ').trim();
}
