/**
 * All values from vendors and files pass through this module before they become rows or parameters. PostgreSQL rejects
 * NUL in text, lone surrogates in JSON, times outside its calendar, and index rows over 2,704 bytes. One rejected value
 * fails the statement and with it the whole batch. Changed values are noted on the item.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ExtractedDocument } from './documents.ts';
import type { ContainerRef, Entry, Gap, ItemRef, ListPage, SkipReason } from './source.ts';
import type { Metadata } from './transformations.ts';

const changes = [
  'characters_replaced',
  'text_cut',
  'time_unknown',
  'link_dropped',
  'media_type_dropped',
  'size_unknown',
  'facts_dropped',
] as const;
type ChangeCode = (typeof changes)[number];
/** The vendor returned less than the item contains. The connector says what is missing. */
export const readInPart = 'read_in_part';
export type NoteCode = ChangeCode | typeof readInPart;

/** Something that an item's owner should know although the item was stored. */
export interface Note {
  /** Stable. */
  readonly code: NoteCode;
  /** For the owner of the data: what was changed. */
  readonly message: string;
}

export type StorableItem = ItemRef & { readonly notes: readonly Note[] };
export type StorableEntry = Exclude<Entry, { state: 'present' }> | ({ readonly state: 'present' } & StorableItem);

/** A B-tree row takes at most 2,704 bytes: the id, the UUID beside it and the row's own overhead. */
const maxIdBytes = 2000;
/** In UTF-16 code units. File systems allow 255 bytes; mail subjects are slightly longer. */
const maxName = 1000;
const maxPath = 20_000;
const maxLink = 4000;
const maxMessage = 2000;
const maxFingerprint = 1000;
/** Limit for an item's fetch hints and for a document's metadata, as JSON, in UTF-16 code units. */
const maxFacts = 100_000;
const maxFact = 10_000;
/** The range of years that both unsigned ISO 8601 and PostgreSQL write with four digits. */
const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');
/** RFC 9110: a type, a subtype and parameters. */
const mediaType = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:\s*;\P{Cc}{0,500})?$/u;

export const idNotStorable: SkipReason = {
  code: 'id_not_storable',
  message: `The vendor’s id for this item is longer than ${maxIdBytes} bytes or contains characters that a database cannot store, so the item is skipped.`,
};

/** Makes text well-formed and removes NUL, as every text and JSON column requires. */
export function storableText(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();
}

/** Cuts a text to at most this many UTF-16 code units, without splitting a character as people see it. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const from = Math.max(0, limit - maxCharacter);
  const around = text.slice(from, limit + maxCharacter);
  let end = 0;
  for (const { index, segment } of characters.segment(around)) {
    if (from + index + segment.length > limit) break;
    end = index + segment.length;
  }
  const cut = from + end;
  // For a single "character" with hundreds of combining marks, at least no surrogate pair is split.
  return end === 0 && from > 0 ? wholePairs(text.slice(0, limit)) : text.slice(0, cut);
}

const characters = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** In UTF-16 code units. Family emoji have about 25. */
const maxCharacter = 64;

function wholePairs(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}

/** @returns UTC ISO 8601 within the range of PostgreSQL and JavaScript, or null */
export function storableTime(value: string | null): string | null {
  const at = value === null ? Number.NaN : Date.parse(value);
  return at >= earliest && at <= latest ? new Date(at).toISOString() : null;
}

/** @returns a link that is safe to display (`https:` or `http:`), or null */
export function storableLink(value: string | null): string | null {
  if (value === null || value.length > maxLink || !URL.canParse(value)) return null;
  const { protocol } = new URL(value);
  return protocol === 'https:' || protocol === 'http:' ? storableText(value) : null;
}

export function storableMediaType(value: string | null): string | null {
  return value !== null && mediaType.test(value) ? storableText(value) : null;
}

/** @returns a whole number of bytes from 0 to the largest exact integer, or null */
export function storableSize(value: number | null): number | null {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? value : null;
}

/** A message for people, cut to a maximum length. */
export function storableMessage(text: string): string {
  return cutText(storableText(text), maxMessage);
}

/** The beginning of an id that stands for another one: nothing can be requested with it. */
export const hashedIdPrefix = 'unstorable-';

/**
 * Returns the id itself if it can be a key, or a hash of it otherwise, so that the same id always refers to the same
 * item. An item known by its hash cannot be fetched.
 */
export function storableId(id: string): string {
  return isStorableId(id) ? id : hashedIdPrefix + hashOf(id);
}

function isStorableId(id: string): boolean {
  return id.isWellFormed() && !id.includes('\0') && byteLength(id) <= maxIdBytes;
}

/** Hashes the code units, so that two different malformed ids stay different. */
function hashOf(text: string): string {
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return bytesToHex(sha256(new Uint8Array(units.buffer))).slice(0, 32);
}

function byteLength(text: string): number {
  return text.length * 3 <= maxIdBytes ? text.length : new TextEncoder().encode(text).byteLength;
}

export interface StorablePage {
  readonly entries: readonly StorableEntry[];
  readonly next: ListPage['next'];
}

/**
 * Makes one page of a listing storable as a whole. Cursors and checkpoints are the connectors' own JSON and already
 * storable.
 */
export function storableListing(listing: ListPage): StorablePage {
  return { next: listing.next, entries: listing.entries.map((entry) => storableEntry(entry)) };
}

function storableEntry(entry: Entry): StorableEntry {
  switch (entry.state) {
    case 'present':
      return { ...entry, ...storableItem(entry) };
    case 'container':
      return { ...entry, ...storableContainer(entry) };
    case 'gap':
      return { ...entry, ...storableGap(entry) };
    case 'deleted_path':
      return { ...entry, path: storableText(entry.path) };
    case 'deleted':
    case 'all_listed':
      return { ...entry, externalId: storableId(entry.externalId) };
  }
}

function storableItem(item: ItemRef): StorableItem {
  const { notes, note } = noting();
  const kept = <T>(value: T | null, stored: T | null, code: ChangeCode): T | null => {
    if (value !== null && value !== undefined && stored === null) note(code);
    return stored;
  };
  const skip = isStorableId(item.externalId) ? item.skip : idNotStorable;
  return {
    ...item,
    externalId: storableId(item.externalId),
    parentExternalId: item.parentExternalId === null ? null : storableId(item.parentExternalId),
    name: bounded(item.name, maxName, note),
    ...(item.path === undefined ? {} : { path: bounded(item.path, maxPath, note) }),
    mimeType: kept(item.mimeType, storableMediaType(item.mimeType), 'media_type_dropped'),
    size: kept(item.size, storableSize(item.size), 'size_unknown'),
    modifiedAt: kept(item.modifiedAt, storableTime(item.modifiedAt), 'time_unknown'),
    fingerprint: { kind: item.fingerprint.kind, value: storableFingerprint(item.fingerprint.value) },
    webUrl: kept(item.webUrl, storableLink(item.webUrl), 'link_dropped'),
    ...(skip === undefined ? {} : { skip: { code: skip.code, message: storableMessage(skip.message) } }),
    ...(item.fetchHints === undefined ? {} : { fetchHints: storableFacts(item.fetchHints, note) }),
    notes,
  };
}

function storableContainer({ externalId, name, parentExternalId }: ContainerRef): ContainerRef {
  return {
    externalId: storableId(externalId),
    name: bounded(name, maxName, () => {}),
    parentExternalId: parentExternalId === null ? null : storableId(parentExternalId),
  };
}

function storableGap(gap: Gap): Gap {
  return {
    externalId: gap.externalId === null ? null : storableId(gap.externalId),
    name: bounded(gap.name, maxName, () => {}),
    code: gap.code,
    message: storableMessage(gap.message),
    retryAfterMs: storableSize(gap.retryAfterMs),
  };
}

/** Fingerprints are only compared, so a hash can replace one that cannot be stored. */
function storableFingerprint(value: string): string {
  const isPlain = value.length <= maxFingerprint && value.isWellFormed() && !value.includes('\0');
  return isPlain ? value : hashOf(value);
}

/** Returns a document as its rows store it, and notes on what was changed. */
export function storableDocument(document: ExtractedDocument): {
  readonly document: ExtractedDocument;
  readonly notes: readonly Note[];
} {
  const { notes, note } = noting();
  const { members, ...own } = document;
  const stored = storableTexts(own, note);
  if (members === undefined) return { document: stored, notes };
  return { document: { ...stored, members: members.map((member) => storableTexts(member, note)) }, notes };
}

function storableTexts<Document extends Omit<ExtractedDocument, 'members'>>(
  document: Document,
  note: (code: ChangeCode) => void,
): Document {
  const text = (value: string): string => bounded(value, Number.POSITIVE_INFINITY, note);
  return {
    ...document,
    title: bounded(document.title, maxName, note),
    metadata: storableFacts(document.metadata, note),
    chunks: document.chunks.map((chunk) => ({
      ...chunk,
      text: text(chunk.text),
      embeddingText: text(chunk.embeddingText),
      place: { ...chunk.place, headings: chunk.place.headings.map(text) },
    })),
    ...(document.original === undefined
      ? {}
      : {
          original: { text: text(document.original.text), metadata: storableFacts(document.original.metadata, note) },
        }),
  };
}

/**
 * Flat metadata with storable names and values. Values other than text, finite numbers and booleans are left out, and
 * so is anything over the limit.
 */
function storableFacts<Facts extends Metadata>(facts: Facts, note: (code: ChangeCode) => void): Facts {
  let left = maxFacts;
  const kept = Object.entries(facts).flatMap(([name, value]): [string, string | number | boolean][] => {
    const stored = typeof value === 'string' ? bounded(value, maxFact, note) : value;
    left -= name.length + String(stored).length;
    const isFact = ['string', 'boolean'].includes(typeof stored) || Number.isFinite(stored);
    if (isFact && left >= 0) return [[bounded(name, maxName, note), stored]];
    note('facts_dropped');
    return [];
  });
  return Object.fromEntries(kept) as Facts;
}

function bounded(value: string, limit: number, note: (code: ChangeCode) => void): string {
  const text = storableText(value);
  if (text !== value) note('characters_replaced');
  const cut = cutText(text, limit);
  if (cut !== text) note('text_cut');
  return cut;
}

const messages = {
  characters_replaced: 'The item contained characters that cannot be stored. They were removed or replaced.',
  text_cut: 'The name, the path or a metadata value was too long to be stored, so the rest was cut off.',
  time_unknown: 'The modification time is not a valid time, so it counts as unknown.',
  link_dropped: 'The link is not a web address, so it is not stored.',
  media_type_dropped: 'The media type is malformed, so the type is detected from the name and the content.',
  size_unknown: 'The size that the vendor states is not a number of bytes, so it counts as unknown.',
  facts_dropped: 'Some metadata could not be stored and is missing.',
} as const satisfies Record<ChangeCode, string>;

/** Collects each note once, in order of occurrence. */
function noting() {
  const notes: Note[] = [];
  return {
    notes,
    note: (code: ChangeCode): void => {
      if (!notes.some((known) => known.code === code)) notes.push({ code, message: messages[code] });
    },
  };
}
