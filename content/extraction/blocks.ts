/**
 * Splits text into paragraphs, headings, lists, tables and code, the units that chunks are made of. Joined, they are
 * the text again.
 */

/**
 * Longer paragraphs are cut at sentences, longer sentences at words, longer words anywhere except inside a character.
 */
const maxBlock = 1600;
/** Anything longer is a paragraph that begins with a number sign. */
const maxHeading = 500;
/** Maximum length of a heading that is repeated above the text below it. */
const maxTitle = 200;
const wrappedShare = 0.3;

export interface Block {
  readonly text: string;
  readonly isHeading: boolean;
  /** The headings above this block, outermost first. */
  readonly headings: readonly string[];
}

/** Splits at empty lines and before headings; a fenced block stays whole if it is short enough. */
export function toBlocks(text: string, longest = maxBlock): Block[] {
  const blocks: Block[] = [];
  let open: { readonly level: number; readonly title: string }[] = [];
  for (const paragraph of splitParagraphs(text)) {
    const heading = paragraph.length > maxHeading ? null : /^\f*(#{1,6})[ \t]+(.+)/.exec(paragraph);
    if (heading !== null) {
      const level = heading[1]?.length ?? 1;
      open = open.filter((above) => above.level < level);
      blocks.push({ text: paragraph, isHeading: true, headings: open.map((above) => above.title) });
      open.push({ level, title: heading[2]?.trim().slice(0, maxTitle).toWellFormed() ?? '' });
      continue;
    }
    const headings = open.map((above) => above.title);
    for (const piece of splitLong(paragraph, Math.min(longest, maxBlock)))
      blocks.push({ text: piece, isHeading: false, headings });
  }
  return blocks;
}

/** Each part keeps the line ends that follow it. */
function splitParagraphs(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let fenced = false;
  let blankBefore = false;
  let isHeadingOnly = false;
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const blank = line.trim() === '';
    const heading = !fenced && /^\f*#{1,6}[ \t]+\S/.test(line);
    if (part !== '' && !blank && ((blankBefore && !fenced) || heading || isHeadingOnly)) {
      parts.push(part);
      part = '';
      isHeadingOnly = false;
    }
    if (/^(```|~~~)/.test(line)) fenced = !fenced;
    isHeadingOnly = part === '' ? heading : isHeadingOnly && blank;
    part += line;
    blankBefore = blank;
  }
  if (part !== '') parts.push(part);
  return parts;
}

function splitLong(text: string, longest: number): string[] {
  if (text.length <= longest) return [text];
  // If lines are wrapped, sentences are kept whole; otherwise each line is a unit: a row, an item, an entry.
  const pieces = isWrapped(text) ? splitLine(text, longest) : splitAt(text, /(?<=\n)/);
  return packPieces(
    pieces.flatMap((piece) => (piece.length <= longest ? [piece] : splitLine(piece, longest))),
    longest,
  );
}

/** Checks whether most lines continue in the next one. */
function isWrapped(text: string): boolean {
  const breaks = text.match(/\n/g)?.length ?? 0;
  const inside = text.match(/[\p{Ll},;–-] ?\n\p{Ll}/gu)?.length ?? 0;
  return breaks > 0 && inside > breaks * wrappedShare;
}

function splitLine(line: string, longest: number): string[] {
  // Sentences are detected within a limited window, because the segmenter is slow on a megabyte without a full stop.
  return windows(line, longest * 4).flatMap((window) =>
    sentencesOf(window).flatMap((segment) =>
      segment.length <= longest ? [segment] : splitAt(segment, /(?<=\s)/).flatMap((word) => windows(word, longest)),
    ),
  );
}

/** Unicode's rules end a sentence at each line end; here a line end counts as a space. */
function sentencesOf(text: string): string[] {
  const flat = text.replaceAll('\n', ' ');
  const segments = new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(flat);
  return [...segments].map(({ index, segment }) => text.slice(index, index + segment.length));
}

function splitAt(text: string, at: RegExp): string[] {
  return text.split(at);
}

/** Joins small pieces again, up to the limit. */
function packPieces(pieces: readonly string[], longest: number): string[] {
  const packed: string[] = [];
  let current = '';
  for (const piece of pieces) {
    if (current !== '' && current.length + piece.length > longest) {
      packed.push(current);
      current = '';
    }
    current += piece;
  }
  if (current !== '') packed.push(current);
  return packed;
}

/** Cuts pieces of at most `length`, never between the two halves of a surrogate pair. */
function windows(text: string, length: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + length, text.length);
    if (end < text.length && isLowSurrogate(text.charCodeAt(end))) end--;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
