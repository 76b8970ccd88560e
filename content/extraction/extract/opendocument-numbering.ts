/**
 * Computes the numbers that office programs show in front of headings and items of OpenDocument: it stores how to count,
 * and not the numbers.
 */

import { listNumber } from './list-numbers.ts';

type Attributes = Readonly<Record<string, string>>;

/** How one level counts. `pattern`, if there is one, is its number as a whole: `%1%.%2%)`. */
interface Level {
  readonly format: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly pattern: string;
  /** Number of levels whose numbers are shown. */
  readonly shown: number;
  readonly start: number;
}

type Levels = ReadonlyMap<number, Level>;

interface Style {
  readonly parent: string;
  /** A style that says it has none ('') is not numbered, even if the one that it is based on is. */
  readonly list: string | undefined;
}

const maxLevel = 10;
const maxLabel = 100;
const maxParents = 20;
/** The list of all headings that are in no other list. */
const outline = '';

const formats: Readonly<Record<string, string>> = {
  '1': 'decimal',
  a: 'lowerLetter',
  A: 'upperLetter',
  i: 'lowerRoman',
  I: 'upperRoman',
};

/** The styles of a document, which are read before its text. */
export class ListStyles {
  readonly #lists = new Map<string, Levels>();
  readonly #styles = new Map<string, Style>();
  #levels = new Map<number, Level>();

  readonly open = (name: string, attributes: Attributes): void => {
    if (name === 'list-style' || name === 'outline-style') {
      this.#levels = new Map();
      this.#lists.set(attributes['style:name'] ?? attributes['name'] ?? outline, this.#levels);
      if (name === 'outline-style') this.#lists.set(outline, this.#levels);
    }
    if (name === 'list-level-style-number' || name === 'outline-level-style')
      this.#levels.set(numberIn(attributes['level'], 1), levelFrom(attributes));
    if (name === 'style' && attributes['family'] === 'paragraph')
      this.#styles.set(attributes['name'] ?? '', {
        parent: attributes['parent-style-name'] ?? '',
        list: attributes['list-style-name'],
      });
  };

  /** @returns undefined if bullets or nothing are in front of its items */
  levelsOf(list: string): Levels | undefined {
    return this.#lists.get(list);
  }

  /** @returns '' if a paragraph of this style is in no list; undefined if the style does not say so */
  listOf(style: string): string | undefined {
    let at = this.#styles.get(style);
    for (let i = 0; i < maxParents && at !== undefined; i++) {
      if (at.list !== undefined) return at.list;
      at = this.#styles.get(at.parent);
    }
    return undefined;
  }
}

function levelFrom(attributes: Attributes): Level {
  return {
    format: attributes['num-format'] ?? '',
    prefix: attributes['num-prefix'] ?? '',
    suffix: attributes['num-suffix'] ?? '',
    pattern: attributes['num-list-format'] ?? '',
    shown: numberIn(attributes['display-levels'], 1),
    start: numberIn(attributes['start-value'], 1),
  };
}

function numberIn(value: string | undefined, otherwise: number): number {
  const number = Number(value);
  return value !== undefined && Number.isSafeInteger(number) ? number : otherwise;
}

interface OpenList {
  /** '' for the one of its paragraph's style. */
  readonly style: string;
  /** Where it counts; a list that goes on where another one ended has the same. */
  readonly counts: number[];
  /** Set until the item's first paragraph, the only one with a number. */
  isNewItem: boolean;
  /** The number that the item states. */
  start: number | undefined;
}

/** Counts the headings and items of a text in their order. */
export class ListCounter {
  readonly #styles: ListStyles;
  readonly #open: OpenList[] = [];
  readonly #byId = new Map<string, number[]>();
  readonly #byStyle = new Map<string, number[]>();
  readonly #headings: number[] = [];

  constructor(styles: ListStyles) {
    this.#styles = styles;
  }

  open(name: string, attributes: Attributes): void {
    const list = this.#open.at(-1);
    if (name === 'list') this.#openList(attributes, list);
    if (name !== 'list-item' || list === undefined) return;
    list.isNewItem = true;
    list.start = attributes['start-value'] === undefined ? undefined : numberIn(attributes['start-value'], 1);
  }

  close(name: string): void {
    if (name === 'list') this.#open.pop();
  }

  /**
   * Counts a paragraph or heading.
   * @param isHeading a heading outside of lists is counted with all others
   * @returns its number as it is shown, such as `2.3` or `(a)`; '' if it has a bullet or nothing in front
   */
  labelOf(attributes: Attributes, isHeading: boolean): string {
    const list = this.#open.at(-1);
    const style = attributes['style-name'] ?? '';
    if (list === undefined) return isHeading ? this.#headingLabel(attributes, style) : '';
    if (!list.isNewItem) return '';
    list.isNewItem = false;
    const levels = this.#styles.levelsOf(list.style === '' ? (this.#styles.listOf(style) ?? '') : list.style);
    return count(levels, list.counts, this.#open.length, list.start);
  }

  #headingLabel(attributes: Attributes, style: string): string {
    if (attributes['is-list-header'] === 'true' || this.#styles.listOf(style) === '') return '';
    const start = attributes['restart-numbering'] === 'true' ? numberIn(attributes['start-value'], 1) : undefined;
    return count(this.#styles.levelsOf(outline), this.#headings, numberIn(attributes['outline-level'], 1), start);
  }

  #openList(attributes: Attributes, above: OpenList | undefined): void {
    const style = attributes['style-name'] ?? above?.style ?? '';
    const counts = above?.counts ?? this.#countsOf(attributes, style);
    this.#byStyle.set(style, counts);
    const id = attributes['id'];
    if (id !== undefined) this.#byId.set(id, counts);
    this.#open.push({ style, counts, isNewItem: false, start: undefined });
  }

  #countsOf(attributes: Attributes, style: string): number[] {
    const continued = attributes['continue-list'];
    if (continued !== undefined) return this.#byId.get(continued) ?? [];
    const isContinued = attributes['continue-numbering'] === 'true';
    return (isContinued ? this.#byStyle.get(style) : undefined) ?? [];
  }
}

/** @param counts the last number of each level, from 1; those below the current one start again */
function count(levels: Levels | undefined, counts: number[], level: number, start: number | undefined): string {
  if (levels === undefined || level < 1 || level > maxLevel) return '';
  const before = counts[level];
  counts.length = level;
  counts[level] = start ?? (before === undefined ? (levels.get(level)?.start ?? 1) : before + 1);
  const own = levels.get(level);
  if (own === undefined || own.format === '') return '';
  const numberOf = (at: number): string => {
    const { format = '', start: first = 1 } = levels.get(at) ?? {};
    return format === '' ? '' : listNumber(counts[at] ?? first, formats[format] ?? 'decimal');
  };
  const label =
    own.pattern === ''
      ? `${own.prefix}${numbersTo(level, own.shown, numberOf)}${own.suffix}`
      : own.pattern.replaceAll(/%(\d{1,2})%/g, (_all, at: string) => numberOf(Number(at)));
  return label.slice(0, maxLabel).trim();
}

function numbersTo(level: number, shown: number, numberOf: (level: number) => string): string {
  const numbers = Array.from({ length: Math.min(Math.max(shown, 1), level) }, (_none, i) => numberOf(level - i));
  return numbers
    .toReversed()
    .filter((number) => number !== '')
    .join('.');
}
