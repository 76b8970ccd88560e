/** Reads what lies on the sheets of an OpenDocument spreadsheet: text boxes, charts and other objects. */

import type { Archive } from './archive.ts';
import { objectsIn } from './opendocument.ts';
import { walkXml } from './xml.ts';

const shapes = /^(frame|custom-shape|rect|ellipse|circle|line|polyline|polygon|path|connector|measure|caption)$/;

/** Returns the texts of each sheet's drawings by the name of the sheet. Comments are shapes, too, and are read as cells are. */
export function drawingsOfSheets(archive: Archive): Map<string, string> {
  const objects = objectsIn(archive);
  const texts = new Map<string, string[]>();
  let sheet: string[] = [];
  let paragraph: string | null = null;
  let shapesOpen = 0;
  let tables = 0;
  let comments = 0;
  const add = (text: string): void => {
    if (text.trim() !== '') sheet.push(text.trim());
  };
  walkXml(archive.read('content.xml'), {
    open: (name, attributes) => {
      if (name === 'table' && tables++ === 0) {
        sheet = [];
        texts.set(attributes['table:name'] ?? '', sheet);
      }
      if (name === 'annotation') comments++;
      if (shapes.test(name)) shapesOpen++;
      if (shapesOpen === 0 || comments > 0) return;
      if (name === 'p' || name === 'title' || name === 'desc') paragraph = '';
      if (name === 'object') add(objects(attributes['href'] ?? ''));
    },
    text: (text) => {
      if (paragraph !== null) paragraph += text;
    },
    close: (name) => {
      if (name === 'table') tables--;
      if (name === 'annotation') comments--;
      if (shapes.test(name)) shapesOpen--;
      if (paragraph === null || (name !== 'p' && name !== 'title' && name !== 'desc')) return;
      add(paragraph);
      paragraph = null;
    },
  });
  return new Map([...texts].map(([name, parts]) => [name, parts.join('\n\n')]));
}
