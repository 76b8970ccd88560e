/**
 * Joins what PDFium takes apart because it judges glyph by glyph: words with a ligature, lines that run downwards, letters
 * that stand apart. It only looks where the text gives reason to, because a question about a glyph costs more than
 * reading it.
 */

import type { WrappedPdfiumModule } from '@embedpdf/pdfium';
import { memoryOf } from './pdfium.ts';

/** A glyph on its page, in points from the lower left corner. */
interface Glyph {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly height: number;
  /** Where it was drawn, on its base line. */
  readonly x: number;
  readonly y: number;
  /** In radians, counted against the clock. */
  readonly angle: number;
  /** Whether PDFium assumes it, between characters that are far apart. */
  readonly isAssumed: boolean;
}

type GlyphAt = (textIndex: number) => Glyph | null;

const doubleBytes = 8;
/** Limits the time for a page, whose further glyphs are taken as they are. */
const maxAsked = 50_000;
/** The bounds below are shares of a glyph's height, which is known even where the size of its font is not. */
const maxShadowOffset = 0.2;
const minOverlap = 0.15;
const maxHiddenGap = 0.3;
const maxLetterGap = 0.6;
const minWordGap = 1.8;
const minAngle = 0.05;

const ligature = /f[fijlt]{1,2} (?=\p{Ll})/gu;
const isShadowed = /(?:(\p{L})\1){3}/u;
const doubled = /(\S)\1/gu;
/** Several short lines in succession. */
const isUpright = /(?:^|\n)(?:[^\r\n]{1,3}\r?\n){2}[^\r\n]{1,3}(?:\r?\n|$)/u;
const brokenLine = /\S\r?\n(?=\S)/gu;
/** Two characters of scripts that are also written downwards, or their punctuation. */
const vertical = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u3001-\u301F\u30FC\uFE30-\uFE4F\uFF01-\uFF60]{2}$/u;
/** Mostly single letters. */
const apart = /(?<!\p{L})(?:\p{L} ){2}(?:\p{L}{1,2} )+\p{L}{1,3}(?!\p{L})/gu;
const minApart = 4;
const minSingle = 0.6;

/**
 * @param page the page as PDFium has loaded its text, and `text` all of its text
 * @returns the text without repeated letters of shadows, and without spaces and line ends within words
 */
export function joinGlyphs(pdfium: WrappedPdfiumModule, page: number, text: string): string {
  const { wasmExports } = pdfium.pdfium;
  const buffer = wasmExports.malloc(4 * doubleBytes);
  try {
    let asked = 0;
    const glyphAt: GlyphAt = (index) => (asked++ < maxAsked ? glyphOf(pdfium, page, index, buffer) : null);
    const cuts = [
      ...spacesInLigatures(text, glyphAt),
      ...(isShadowed.test(text) ? shadows(text, glyphAt) : []),
      ...(isUpright.test(text) ? breaksInLines(text, glyphAt) : []),
      ...spacesBetweenLetters(text, glyphAt),
    ];
    return without(text, cuts);
  } finally {
    wasmExports.free(buffer);
  }
}

/** A range of the text, from the first character to the one behind the last, and what stands in its place. */
type Cut = readonly [start: number, end: number, instead: '' | ' '];

function without(text: string, cuts: readonly Cut[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const [start, end, instead] of cuts.toSorted(([a], [b]) => a - b)) {
    if (start < done) continue;
    parts.push(text.slice(done, start), instead);
    done = end;
  }
  return [...parts, text.slice(done)].join('');
}

/** Old layout programs hide a space below a ligature, to have its width. */
function spacesInLigatures(text: string, glyphAt: GlyphAt): Cut[] {
  return [...text.matchAll(ligature)].flatMap(({ index, 0: found }): Cut[] => {
    const space = index + found.length - 1;
    const [first, last] = [glyphAt(index), glyphAt(space - 1)];
    if (first === null || last === null || first.x !== last.x || first.y !== last.y || isTurned(first)) return [];
    const [hidden, next] = [glyphAt(space), glyphAt(space + 1)];
    const isHidden = hidden !== null && hidden.x < last.right - last.height * minOverlap;
    const isBeside = next !== null && next.left - last.right < last.height * maxHiddenGap;
    return isHidden && isBeside ? [[space, space + 1, '']] : [];
  });
}

/** Letters with a shadow, or made bold by printing them twice. */
function shadows(text: string, glyphAt: GlyphAt): Cut[] {
  return [...text.matchAll(doubled)].flatMap(({ index }): Cut[] => {
    const [one, other] = [glyphAt(index), glyphAt(index + 1)];
    if (one === null || other === null) return [];
    const far = one.height * maxShadowOffset;
    return Math.abs(one.x - other.x) < far && Math.abs(one.y - other.y) < far ? [[index, index + 1, '']] : [];
  });
}

/** PDFium ends a line between two characters below each other, also if the line itself is turned or runs downwards. */
function breaksInLines(text: string, glyphAt: GlyphAt): Cut[] {
  return [...text.matchAll(brokenLine)].flatMap(({ index, 0: found }): Cut[] => {
    const next = index + found.length;
    const [above, below] = [glyphAt(index), glyphAt(next)];
    if (above === null || below === null) return [];
    if (vertical.test(`${text[index]}${text[next]}`)) return isBelow(above, below) ? [[index + 1, next, '']] : [];
    const gap = gapInTurnedLine(above, below);
    return gap === null ? [] : [[index + 1, next, gap < maxLetterGap ? '' : ' ']];
  });
}

function isBelow(above: Glyph, below: Glyph): boolean {
  const down = above.y - below.y;
  return down > 0 && Math.abs(above.x - below.x) < down / 4;
}

/** Whether it is not written from left to right. */
function isTurned({ angle }: Glyph): boolean {
  return Math.cos(angle) < 1 - minAngle;
}

/** @returns the gap as a share of the glyph's size; null if they are not in one line, or the line is not turned */
function gapInTurnedLine(one: Glyph, next: Glyph): number | null {
  const [along, across] = [Math.cos(one.angle), Math.sin(one.angle)];
  if (!isTurned(one) || Math.abs(one.angle - next.angle) > minAngle) return null;
  const [right, up] = [next.x - one.x, next.y - one.y];
  const [width, height] = [one.right - one.left, one.height];
  if (Math.abs(along * up - across * right) > Math.min(width, height) / 2) return null;
  const length = Math.abs(along * width) + Math.abs(across * height);
  const thickness = Math.abs(across * width) + Math.abs(along * height);
  return (along * right + across * up - length) / thickness;
}

/** The space between two letters of a word is about the same as between any other two, and smaller than between words. */
function spacesBetweenLetters(text: string, glyphAt: GlyphAt): Cut[] {
  return [...text.matchAll(apart)].flatMap(({ index, 0: run }): Cut[] => {
    if ((run.match(/(?<!\p{L})\p{L}(?!\p{L})/gu)?.length ?? 0) < run.split(' ').length * minSingle) return [];
    const spaces = [...run.matchAll(/ /g)].flatMap(({ index: at }) => {
      const [before, space, after] = [-1, 0, 1].map((step) => glyphAt(index + at + step));
      return before && space && after && !isTurned(before)
        ? [{ at: index + at, gap: after.left - before.right, height: Math.max(before.height, after.height), space }]
        : [];
    });
    const usual = spaces.map(({ gap }) => gap).toSorted((a, b) => a - b)[Math.floor(spaces.length / 2)] ?? 0;
    const isWritten = run !== run.toUpperCase() || run === run.toLowerCase();
    const cuts = spaces.filter(
      ({ gap, height, space }) =>
        usual < height * maxLetterGap &&
        gap < Math.max(usual, height * minOverlap) * minWordGap &&
        (space.isAssumed || !isWritten),
    );
    return cuts.length < minApart - 1 ? [] : cuts.map(({ at }) => [at, at + 1, '']);
  });
}

function glyphOf(pdfium: WrappedPdfiumModule, page: number, textIndex: number, buffer: number): Glyph | null {
  // PDFium's own numbers also count control characters, which are not in the text.
  const index = pdfium.FPDFText_GetCharIndexFromTextIndex(page, textIndex);
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => buffer + i * doubleBytes) as [number, number, number, number];
  const read = (): Float64Array => new Float64Array(memoryOf(pdfium).slice(buffer, buffer + 4 * doubleBytes).buffer);
  if (index < 0 || !pdfium.FPDFText_GetCharBox(page, index, a, b, c, d)) return null;
  const [left = 0, right = 0, bottom = 0, top = 0] = read();
  if (!pdfium.FPDFText_GetCharOrigin(page, index, a, b)) return null;
  const [x = 0, y = 0] = read();
  return {
    left,
    right,
    bottom,
    height: top - bottom,
    x,
    y,
    angle: pdfium.FPDFText_GetCharAngle(page, index),
    isAssumed: pdfium.FPDFText_IsGenerated(page, index) === 1,
  };
}
