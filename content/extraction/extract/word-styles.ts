import { walkXml } from './xml.ts';

/** The properties before a tracked change of them, and the style of a list before it. */
const former = [
  'pPrChange',
  'rPrChange',
  'sectPrChange',
  'tblPrChange',
  'tblPrExChange',
  'tblGridChange',
  'trPrChange',
  'tcPrChange',
  'numberingChange',
];
/**
 * Also the older form of a drawing, the place from which text was moved, and how to read the characters beside which it
 * stands: in between, it would tear words apart.
 */
export const unseen = new Set(['Fallback', 'moveFrom', 'rt', ...former]);

/** What a style says of its paragraphs. */
interface Style {
  /** From 1 for the outermost heading; 0 is text. */
  readonly level: number;
  /** The list in which they are numbered, and the level if it is stated. */
  readonly list: string | null;
  readonly listLevel: number | null;
}

export type Styles = ReadonlyMap<string, Style>;

type StatedStyle = { -readonly [name in keyof Style]?: Style[name] } & { base?: string };

/**
 * Finds heading levels by style: the name `heading 2` is translated in other languages, but its outline level is not.
 * What a style does not state itself is as in the style on which it is based.
 */
export function readStyles(xml: Uint8Array | undefined): Styles {
  const stated = new Map<string, StatedStyle>();
  let style: StatedStyle = {};
  let unread = 0;
  walkXml(xml, {
    close: (name) => {
      if (unseen.has(name)) unread--;
    },
    open: (name, { styleId, val }) => {
      if (unseen.has(name)) unread++;
      if (unread > 0) return;
      if (name === 'style') stated.set(styleId ?? '', (style = {}));
      else readStyle(style, name, val ?? '');
    },
  });
  return new Map([...stated.keys()].map((id) => [id, withInherited(id, stated)]));
}

function readStyle(style: StatedStyle, name: string, value: string): void {
  const named = name === 'name' ? /^heading (\d)$/i.exec(value)?.[1] : undefined;
  if (named !== undefined) style.level = Number(named);
  if (name === 'name' && /^title$/i.test(value)) style.level = 1;
  if (name === 'basedOn') style.base = value;
  if (name === 'outlineLvl') style.level = headingLevel(value);
  if (name === 'numId') style.list = value;
  if (name === 'ilvl') style.listLevel = Number(value) || 0;
}

/** Maximum number of styles of which each is based on the next; damaged ones are based on themselves. */
const maxBases = 20;

function withInherited(id: string, stated: ReadonlyMap<string, StatedStyle>): Style {
  const chain: StatedStyle[] = [];
  for (let at = stated.get(id); at !== undefined && chain.length < maxBases; at = stated.get(at.base ?? ''))
    chain.push(at);
  const find = <Value>(of: (style: StatedStyle) => Value | undefined): Value | undefined =>
    chain.map(of).find((value) => value !== undefined);
  return {
    level: find(({ level }) => level) ?? 0,
    list: find(({ list }) => list) ?? null,
    listLevel: find(({ listLevel }) => listLevel) ?? null,
  };
}

/** @param outline from 0; 9 is text @returns 0 for text, and for levels that Markdown does not have */
export function headingLevel(outline: string | undefined): number {
  const level = Number(outline ?? 9) + 1;
  return level >= 1 && level <= 6 ? level : 0;
}
