/** Computes the numbers that Word shows in front of paragraphs: it stores how to count, and not the numbers. */

import { listNumber } from './list-numbers.ts';
import { walkXml } from './xml.ts';

/** A paragraph's place in a list: the list's number, and its level from 0 for the outermost. */
export interface ListPlace {
  readonly list: string;
  readonly level: number;
}

export interface Numbering {
  /** Returns the level of a list that a style stands for, or null. */
  readonly levelOf: (list: string, style: string) => number | null;
  /** Starts to count. Headers, notes and the body each count for themselves. */
  readonly start: () => Counter;
}

/**
 * Counts a paragraph.
 * @returns its number as Word shows it, such as `2.3` or `(a)`; '' if it has a bullet or nothing in front
 */
export type Counter = (place: ListPlace) => string;

/** `text` is as Word stores it: `%1.%2)` is the numbers of the first two levels. */
interface Level {
  start: number;
  format: string;
  text: string;
  style: string;
  /** The level, from 1, after which it starts again, or 0 for none. By default after each one above. */
  restart: number | null;
  isLegal: boolean;
}

/** How a list counts. Lists of the same kind go on counting, unless they have starts of their own. */
interface List {
  kind: string;
  readonly starts: Map<number, number>;
  readonly levels: Map<number, Level>;
}

const maxLevel = 8;
const maxLabel = 100;

/** @param xml the part `numbering.xml`; without one nothing is numbered */
export function readNumbering(xml: Uint8Array | undefined): Numbering {
  const { kinds, lists } = readDefinitions(xml);
  const levelsOf = (list: string): ReadonlyMap<number, Level> =>
    new Map([...(kinds.get(lists.get(list)?.kind ?? '') ?? []), ...(lists.get(list)?.levels ?? [])]);
  const known = new Map<string, ReadonlyMap<number, Level>>();
  const cached = (list: string): ReadonlyMap<number, Level> => {
    const levels = known.get(list) ?? levelsOf(list);
    known.set(list, levels);
    return levels;
  };
  return {
    levelOf: (list, style) => [...cached(list)].find(([, level]) => level.style === style)?.[0] ?? null,
    start: () => counterOf((list) => ({ levels: cached(list), list: lists.get(list) })),
  };
}

function readDefinitions(xml: Uint8Array | undefined): {
  readonly kinds: ReadonlyMap<string, ReadonlyMap<number, Level>>;
  readonly lists: ReadonlyMap<string, List>;
} {
  const kinds = new Map<string, Map<number, Level>>();
  const lists = new Map<string, List>();
  let levels = new Map<number, Level>();
  let list: List | null = null;
  let level = newLevel();
  let at = 0;
  walkXml(xml, {
    open: (name, attributes) => {
      const value = attributes['val'] ?? '';
      if (name === 'abstractNum') kinds.set(attributes['abstractNumId'] ?? '', (levels = new Map()));
      if (name === 'num') {
        list = { kind: '', starts: new Map(), levels: (levels = new Map()) };
        lists.set(attributes['numId'] ?? '', list);
      }
      if (name === 'abstractNumId' && list !== null) list.kind = value;
      if (name === 'lvlOverride') at = levelOf(attributes['ilvl']);
      if (name === 'startOverride') list?.starts.set(at, Number(value) || 0);
      if (name === 'lvl') levels.set(levelOf(attributes['ilvl']), (level = newLevel()));
      readLevel(level, name, value);
    },
  });
  return { kinds, lists };
}

function newLevel(): Level {
  return { start: 0, format: 'decimal', text: '', style: '', restart: null, isLegal: false };
}

function readLevel(level: Level, name: string, value: string): void {
  if (name === 'start') level.start = Number(value) || 0;
  if (name === 'numFmt') level.format = value;
  if (name === 'lvlText') level.text = value.slice(0, maxLabel);
  if (name === 'pStyle') level.style = value;
  if (name === 'lvlRestart') level.restart = Number(value) || 0;
  if (name === 'isLgl') level.isLegal = !/^(0|false|off)$/.test(value);
}

function levelOf(value: string | undefined): number {
  return Math.min(Math.max(Number(value) || 0, 0), maxLevel);
}

interface Definition {
  readonly list: List | undefined;
  readonly levels: ReadonlyMap<number, Level>;
}

function counterOf(find: (list: string) => Definition): Counter {
  const counts = new Map<string, Map<number, number>>();
  const started = new Set<string>();
  return ({ list: id, level: at }) => {
    const { list, levels } = find(id);
    const level = levels.get(at);
    if (list === undefined || level === undefined) return '';
    const count = counts.get(list.kind) ?? new Map<number, number>();
    counts.set(list.kind, count);
    const start = list.starts.get(at);
    const isFirst = start !== undefined && !started.has(`${id} ${at}`);
    started.add(`${id} ${at}`);
    const before = isFirst ? undefined : count.get(at);
    count.set(at, before === undefined ? (start ?? level.start) : before + 1);
    for (const [below, { restart }] of levels) if (below > at && (restart ?? below) > at) count.delete(below);
    return labelOf(level, (above) => count.get(above) ?? levels.get(above)?.start ?? 1, levels);
  };
}

/** Pictures in place of bullets have texts too. */
function labelOf(level: Level, countOf: (level: number) => number, levels: ReadonlyMap<number, Level>): string {
  if (level.format === 'bullet') return '';
  return level.text
    .replaceAll(/%([1-9])/g, (_all, digit: string) => {
      const at = Number(digit) - 1;
      return listNumber(countOf(at), level.isLegal ? 'decimal' : (levels.get(at)?.format ?? 'decimal'));
    })
    .slice(0, maxLabel)
    .trim();
}
