/**
 * Reads XML as events, so that memory depends on the text and not on the tree. Entities declared in a document are
 * never expanded.
 */

import { SaxesParser } from 'saxes';
import { decodeText } from '../decode.ts';

export interface XmlHandlers {
  /** Names have no prefixes. */
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly text?: (text: string) => void;
  readonly close?: (name: string) => void;
  /** Called for each place that is not well-formed in a way that may cost text. */
  readonly broken?: () => void;
}

/** Number of characters parsed at a time. */
const pieceLength = 64 * 1024;

/**
 * Errors that cost no text: entities of a document's type (`&nbsp;`), which stay as they stand, an attribute twice, and
 * several roots, as in logs.
 */
const harmless = /undefined entity|duplicate attribute|only one root/;

/** XML that is not well-formed is read up to the error. */
export function walkXml(xml: Uint8Array | undefined, { open, text, close, broken }: XmlHandlers): void {
  if (xml === undefined) return;
  const parser = new SaxesParser();
  parser.on('error', ({ message }) => {
    if (!harmless.test(message)) broken?.();
  });
  if (open !== undefined)
    parser.on('opentag', ({ name, attributes }) => open(localName(name), withLocalNames(attributes)));
  if (text !== undefined) parser.on('text', text);
  if (text !== undefined) parser.on('cdata', text);
  if (close !== undefined) parser.on('closetag', ({ name }) => close(localName(name)));
  const source = decodeText(xml);
  for (let at = 0; at < source.length; at += pieceLength) parser.write(source.slice(at, at + pieceLength));
  parser.close();
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Adds each attribute under its name without prefix, beside its full name. */
function withLocalNames(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.entries(attributes).flatMap(([name, value]) => [
    [localName(name), value],
    [name, value],
  ]);
  return Object.fromEntries(names) as Record<string, string>;
}

export interface Relation {
  readonly id: string;
  /** The last part of the relation's type: `notesSlide`, `chart`, `header`. */
  readonly type: string;
  /** A part's name in the archive. */
  readonly target: string;
}

/**
 * The name in the archive of the part to which a part refers. Programs also write names as they are, so a percent sign
 * may be one.
 * @returns null if it names nothing
 */
export function partAt(part: string, reference: string): string | null {
  const name = URL.parse(reference, `zip:///${part}`)?.pathname.slice(1);
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return name;
  }
}

/** Returns the parts that a part of an Office file refers to. @param part its name, such as `ppt/slides/slide1.xml` */
export function relationsOf(read: (name: string) => Uint8Array | undefined, part: string): Relation[] {
  const folder = part.slice(0, part.lastIndexOf('/') + 1);
  const relations: Relation[] = [];
  walkXml(read(`${folder}_rels/${part.slice(folder.length)}.rels`), {
    open: (name, { Id, Type, Target, TargetMode }) => {
      if (name !== 'Relationship' || Id === undefined || Target === undefined || TargetMode === 'External') return;
      const target = partAt(folder, Target);
      if (target !== null) relations.push({ id: Id, type: (Type ?? '').split('/').at(-1) ?? '', target });
    },
  });
  return relations;
}

/** Returns the parts of these types. Each is read once, however often a file refers to it. */
export function targetsOf(relations: readonly Relation[], type: RegExp): string[] {
  return [...new Set(relations.filter((relation) => type.test(relation.type)).map(({ target }) => target))];
}
