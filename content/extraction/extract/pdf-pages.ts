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
/** Lines above a running foot that belong to it: letters have an address and an account there. */
const maxFootLines = 6;
/** Digits of an account or a telephone, which are more than those of any amount or count. */
const minAccount = 8;
const amount = /\d[.,]\d\d(?!\d)/;
/** Further numbers in a line are not those of its page. */
const maxNumbers = 6;
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

/** Dots that lead to a number in a table of contents, and lines of a form to be written on. */
const leader = /(?:[.·‧…⋯] ?){4,}[.·‧…⋯]|(?:[…⋯] ?){2,}[…⋯]/gu;
const blank = /_{4,}/g;
const ledLine = /\.{3} ?[\divxlc–-]{1,9}$/i;
/** Characters that are set apart to fill a line; they are no words of their own. */
const looseIdeographs =
  /(?<![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])(?:[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー] ){3,}[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー](?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])/gu;
const pageWord =
  /(?:(?<!\p{L})(?:page|seite|blatt|p[áa]gina|p[áa]g|sid[ea]|stran[aá]|strona|страница|стр|sayfa|oldal|p|s)\.?|第) ?$/iu;
const pageCount = /^ ?(?:\/|\||of|von|de|di|sur|van|av|af|из|z) ?\d{1,5}\b/iu;
/** A foot that has nothing but the number of its page. */
const onlyNumber = /^\P{L}*#-?\d+\P{L}*$/u;

/** Joins pages into one text; a form feed marks the start of each page. */
export function joinPages(pages: readonly string[], bookmarks: readonly Bookmark[]): string {
  const lines = pages.map((page) => toLines(page));
  const heads = findRunningHeads(lines);
  const seen = new Set<string>();
  const byPage = Map.groupBy(bookmarks, (bookmark) => bookmark.page);
  const texts = lines.map((page, i) => {
    const edges = edgesOf(page, i, heads);
    const own = page.filter((_line, at) => {
      const key = edges.get(at);
      if (key === undefined) return true;
      const isFirst = !seen.has(key) && !onlyNumber.test(key);
      seen.add(key);
      return isFirst;
    });
    return toParagraphs(markHeadings(own, byPage.get(i) ?? []));
  });
  // Not by the text so far: looking at its end once for each page takes time with the square of their number.
  return texts.map((page, i) => (i === 0 ? page : `${gapBetween(texts[i - 1] ?? '', page)}\f${page}`)).join('');
}

function toLines(page: string): string[] {
  const joined = page
    .replace(brokenWord, '')
    .replace(/(\p{L})[-\u00AD]\r?\n(?=\p{Ll})/gu, '$1')
    .replace(leader, ' ... ')
    .replace(blank, '___');
  return joined
    .split(/\r\n?|\n/)
    .map((line) =>
      line
        .replaceAll(/[ \t\u00A0]+/g, ' ')
        .replaceAll(looseIdeographs, (run) => run.replaceAll(' ', ''))
        .trim(),
    )
    .filter((line) => line !== '');
}

/** A sentence that continues on the next page is not cut at the page end. */
function gapBetween(before: string, after: string): string {
  return /[\p{Ll},]$/u.test(before) && /^\p{Ll}/u.test(after) ? ' ' : '\n\n';
}

/** Returns the key of each running head and foot of a page by the number of its line. */
function edgesOf(page: readonly string[], index: number, heads: ReadonlySet<string>): Map<number, string> {
  const keys = new Map<number, string>();
  page.forEach((line, at) => {
    const key = isEdge(page, at) ? headKeys(line, index).find((one) => heads.has(one)) : undefined;
    if (key !== undefined) keys.set(at, key);
  });
  // What is above other lines of a foot is part of it only together with all of them, if it is the same on all pages and
  // no amount.
  for (let at = page.length - 1; at >= Math.max(0, page.length - maxFootLines); at--) {
    const line = page[at] ?? '';
    if (keys.has(at)) continue;
    if (amount.test(line) || !heads.has(line)) break;
    keys.set(at, line);
  }
  return keys;
}

function isEdge(page: readonly string[], at: number): boolean {
  return at < edgeLines || at >= page.length - edgeLines;
}

/**
 * Returns what a line has in common with those of other pages if it is a running head: the whole line, or one without the
 * number of its page, as in `Page 3 of 10`.
 */
function headKeys(line: string, page: number): string[] {
  if (line.length > maxHead) return [];
  const keys = [...line.matchAll(/\b\d{1,5}\b/g)].slice(0, maxNumbers).flatMap(({ index, 0: number }) => {
    const [before, after] = [line.slice(0, index), line.slice(index + number.length)];
    const offset = Number(number) - page;
    return Math.abs(offset) <= maxOffset && isPageNumber(before, after) ? [`${before}#${offset}${after}`] : [];
  });
  // Any other number at an end of the line counts invoices or tickets, or says what they cost.
  const isAccount = line.replaceAll(/\D/g, '').length >= minAccount;
  const isCounted = /^\d{1,5}\b|\b\d{1,5}$/.test(line);
  const hasOwnNumber = isCounted && (amount.test(line) || (keys.length === 0 && !isAccount));
  return hasOwnNumber ? keys : [...keys, line];
}

/** A number at an end of its line, behind a word for pages, or before their number; others are those of rows or lots. */
function isPageNumber(before: string, after: string): boolean {
  return !/[\p{L}\d]/u.test(before) || !/[\p{L}\d]/u.test(after) || pageWord.test(before) || pageCount.test(after);
}

function findRunningHeads(pages: readonly (readonly string[])[]): Set<string> {
  const counts = new Map<string, number>();
  pages.forEach((page, i) => {
    const edge = page.filter((_line, at) => at < edgeLines || at >= page.length - maxFootLines);
    for (const key of new Set(edge.flatMap((line) => headKeys(line, i)))) counts.set(key, (counts.get(key) ?? 0) + 1);
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
    const goesOn = !isHeading && !ledLine.test(line) && line.length >= full && !endsSentenceBefore(line, next, usual);
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
