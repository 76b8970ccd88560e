/**
 * Reads markup that people write as plain text: its headings become those of Markdown, so that chunks and citations know
 * them. All else stays as it is written.
 */

import type { ExtractedText } from './extracted-text.ts';

const maxTitle = 200;
const maxLevel = 6;

type Reader = (lines: readonly string[]) => string[];

const readers: Readonly<Record<string, Reader>> = {
  rst: readRestructured,
  rest: readRestructured,
  adoc: readAsciiDoc,
  asciidoc: readAsciiDoc,
  wiki: (lines) => lines.map((line) => headed(line, /^(={1,6})[ \t]*(?!=)(.+?)[ \t]*\1[ \t]*$/)),
  textile: (lines) => lines.map((line) => headed(line, /^h([1-6])(?:[([{][^)\]}]{0,50}[)\]}]){0,3}\. +(.+)$/)),
};

/** @param name the file's, whose extension says which markup it is */
export function extractLightMarkup(text: string, name: string): ExtractedText {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const lines = text.replaceAll(/\r\n?/g, '\n').split('\n');
  return { text: (readers[extension]?.(lines) ?? lines).join('\n') };
}

/** @param pattern its first group is the level, as a number or by its length, the second one the title */
function headed(line: string, pattern: RegExp): string {
  const [, level = '', title = ''] = (line.length <= maxTitle + 20 ? pattern.exec(line) : null) ?? [];
  return title === '' ? line : `${'#'.repeat(/\d/.test(level) ? Number(level) : level.length)} ${title.trim()}`;
}

/** The signs of AsciiDoc around a block whose lines are none of its own. */
const delimiter = /^(-{4,}|\.{4,}|\+{4,}|\/{4,}|`{3,})$/;

function readAsciiDoc(lines: readonly string[]): string[] {
  let open = '';
  return lines.flatMap((line) => {
    const mark = delimiter.exec(line.trimEnd())?.[1] ?? '';
    if (mark !== '' && (open === '' || open === mark)) {
      open = open === '' ? mark : '';
      return mark.startsWith('/') ? [] : [/^[-.`]/.test(mark) ? '```' : line];
    }
    // Nobody sees comments.
    if (open.startsWith('/') || (open === '' && /^\/\/(?!\/)/.test(line))) return [];
    return [open === '' ? headed(line, /^(={1,6}) +(.+)$/) : line];
  });
}

const underline = /^([!-/:-@[-`{-~])\1{2,}\s*$/;

/** A line below a title, and perhaps above it, too, makes it a heading; the first kind of line is the highest level. */
function readRestructured(lines: readonly string[]): string[] {
  const kinds: string[] = [];
  const out: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [line = '', next = ''] = [lines[i], lines[i + 1]];
    const title = line.trim();
    const above = out.at(-1) ?? '';
    const isOverlined = underline.test(above) && above.trimEnd() === next.trimEnd();
    const mayBegin = above.trim() === '' || isOverlined;
    const isTitle =
      title !== '' && title.length <= maxTitle && !underline.test(line) && (isOverlined || !/^\s/.test(line));
    if (!isTitle || !mayBegin || !underline.test(next) || next.trimEnd().length < title.length) {
      out.push(line);
      continue;
    }
    const kind = `${next.slice(0, 1)}${isOverlined ? 'over' : ''}`;
    if (!kinds.includes(kind)) kinds.push(kind);
    if (isOverlined) out.pop();
    out.push(`${'#'.repeat(Math.min(kinds.indexOf(kind) + 1, maxLevel))} ${title}`);
    i++;
  }
  return out;
}
