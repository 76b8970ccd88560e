/**
 * Joins the lines of pages into paragraphs of one text: running heads are kept once, words broken at line ends are
 * joined, headings are marked.
 */

export interface Bookmark {
  readonly title: string;
  /** The page, from 0. */
  readonly page: number;
  /** 1 is the outermost level. */
  readonly level: number;
}

/** Number of lines at the top and bottom of a page that may be running heads. */
const edgeLines = 2;
const maxHead = 120;
/** A running head occurs on at least this many pages, and on a large share of them. */
const minPages = 3;
const minShare = 0.3;
/** Page numbers differ from the page's own number by what precedes the first one; others count invoices or tickets. */
const maxOffset = 50;
/** A line of at least this share of the page's usual line length continues in the next line. */
const fullLine = 0.7;
const minForParagraph = 30;
/** PDFium writes these characters where a word was broken at the end of a line. */
const brokenWord = new RegExp(`[${String.fromCharCode(2)}\uFFFE]\\r?\\n?`, 'g');

/** Joins pages into one text; a form feed marks the start of each page. */
export function joinPages(pages: readonly string[], bookmarks: readonly Bookmark[]): string {
  const lines = pages.map((page) => toLines(page));
  const heads = findRunningHeads(lines);
  const seen = new Set<string>();
  const byPage = Map.groupBy(bookmarks, (bookmark) => bookmark.page);
  const texts = lines.map((page, i) => {
    const own = page.filter((line, at) => {
      const key = isEdge(page, at) ? headKey(line, i) : null;
      if (key === null || !heads.has(key)) return true;
      const isFirst = !seen.has(key) && !/^#-?\d+$/.test(key);
      seen.add(key);
      return isFirst;
    });
    return toParagraphs(markHeadings(own, byPage.get(i) ?? []));
  });
  // Not by the text so far: looking at its end once for each page takes time with the square of their number.
  return texts.map((page, i) => (i === 0 ? page : `${gapBetween(texts[i - 1] ?? '', page)}\f${page}`)).join('');
}

function toLines(page: string): string[] {
  const joined = page.replace(brokenWord, '').replace(/(\p{L})[-\u00AD]\r?\n(?=\p{Ll})/gu, '$1');
  return joined
    .split(/\r\n?|\n/)
    .map((line) => line.replaceAll(/[ \t\u00A0]+/g, ' ').trim())
    .filter((line) => line !== '');
}

/** A sentence that continues on the next page is not cut at the page end. */
function gapBetween(before: string, after: string): string {
  return /[\p{Ll},]$/u.test(before) && /^\p{Ll}/u.test(after) ? ' ' : '\n\n';
}

function isEdge(page: readonly string[], at: number): boolean {
  return at < edgeLines || at >= page.length - edgeLines;
}

/**
 * Returns the line without its page number, and if there is a number, its difference from the page's.
 * @returns null if it is no running head
 */
function headKey(line: string, page: number): string | null {
  if (line.length > maxHead) return null;
  const number = /^(\d{1,5})\b|\b(\d{1,5})$/.exec(line);
  if (number === null) return line;
  const offset = Number(number[0]) - page;
  if (Math.abs(offset) > maxOffset) return null;
  return `${line.slice(0, number.index)}#${offset}${line.slice(number.index + number[0].length)}`;
}

function findRunningHeads(pages: readonly (readonly string[])[]): Set<string> {
  const counts = new Map<string, number>();
  pages.forEach((page, i) => {
    const keys = page.filter((_line, at) => isEdge(page, at)).map((line) => headKey(line, i));
    for (const key of new Set(keys)) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  const enough = Math.max(minPages, pages.length * minShare);
  return new Set([...counts].filter(([, count]) => count >= enough).map(([key]) => key));
}

/** Marks lines that equal a bookmark as headings. */
function markHeadings(lines: readonly string[], bookmarks: readonly Bookmark[]): string[] {
  const levels = new Map(bookmarks.map(({ title, level }) => [comparable(title), level]));
  return lines.map((line) => {
    const level = levels.size === 0 ? undefined : levels.get(comparable(line));
    return level === undefined ? line : `${'#'.repeat(Math.min(level, 6))} ${line}`;
  });
}

function comparable(title: string): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** A full line continues in the next one; a shorter line ends its paragraph, or is a row of its own. */
function toParagraphs(lines: readonly string[]): string {
  const lengths = lines.map((line) => line.length).toSorted((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length * 0.9)] ?? 0;
  const full = Math.max(minForParagraph, usual * fullLine);
  let text = '';
  let joined = false;
  lines.forEach((line, i) => {
    const next = lines[i + 1];
    text += line;
    if (next === undefined) return;
    const isHeading = /^#{1,6} /.test(line) || /^#{1,6} /.test(next);
    const goesOn = !isHeading && line.length >= full && !endsSentenceBefore(line, next, usual);
    text += goesOn ? joint(line, next) : joined || isHeading ? '\n\n' : '\n';
    joined = goesOn;
  });
  return text;
}

/** A full line may also end a sentence and a paragraph; the next line then starts like a paragraph. */
function endsSentenceBefore(line: string, next: string, usual: number): boolean {
  if (/^([-•*–▪●◦]|\(?\d{1,3}[.)]|\(?[a-z]\))\s/u.test(next)) return true;
  return /[.!?:。！？]["'”’)]?$/u.test(line) && line.length < usual * 0.95 && !/^\p{Ll}/u.test(next);
}

function joint(line: string, next: string): string {
  const isWide = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u.test(line);
  return isWide && /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u.test(next) ? '' : ' ';
}
