/** Converts threads, the single messages of a day, and files to items. */

import type { Entry, ItemRef, SkipReason } from '../../../domain/source.ts';
import type { Home } from './position.ts';
import { chainHash, idsIn, isTombstone, toPlain } from './text.ts';
import { dateOf, toIso } from './time.ts';
import type { SlackFile, SlackMessage } from './wire.ts';

const maxTitle = 80;
/** Modes of files that are written in Slack itself. */
const slackDocuments = new Set(['space', 'canvas', 'quip', 'docs', 'post']);
const slackDocumentType = /^application\/vnd\.slack-docs\b/i;

/** The channel of an item. */
export interface SlackPlace {
  readonly home: Home;
  readonly channel: string;
  readonly label: string;
}

/** The parts of an item's id. */
export interface ItemId {
  readonly home: string;
  readonly channel: string;
  /** The first message of a thread, or a day: `1767607200.000200`, `2026-01-05`. */
  readonly of: { readonly thread: string } | { readonly date: string };
  readonly file: string | null;
}

/** @returns null for an id that this connector did not make */
export function readId(externalId: string): ItemId | null {
  const [home, channel, of, file = null, ...more] = externalId.split('/');
  if (!home || !channel || of === undefined || more.length > 0) return null;
  if (/^\d{10}\.\d{6}$/.test(of)) return { home, channel, of: { thread: of }, file };
  return /^\d{4}-\d\d-\d\d$/.test(of) ? { home, channel, of: { date: of }, file } : null;
}

/** Returns the container of all items of a day: a segment of the channel that is always read again as a whole. */
export function segmentId({ home, channel }: Pick<SlackPlace, 'home' | 'channel'>, date: string): string {
  return `${home.id}/${channel}/${date}/all`;
}

/** Returns the container of the days of a channel. */
export function channelId({ home, channel }: Pick<SlackPlace, 'home' | 'channel'>): string {
  return `${home.id}/${channel}`;
}

/** Parses the id of a channel, or of one of its days. @returns null for anything else */
export function readContainerId(
  externalId: string,
): { readonly home: string; readonly channel: string; readonly date: string | null } | null {
  const [home, channel, date, all, ...more] = externalId.split('/');
  if (!home || !channel || more.length > 0) return null;
  if (date === undefined) return { home, channel, date: null };
  return all === 'all' && /^\d{4}-\d\d-\d\d$/.test(date) ? { home, channel, date } : null;
}

export function toChannel(place: SlackPlace): Entry {
  return { state: 'container', externalId: channelId(place), name: place.label, parentExternalId: null };
}

/**
 * Adds the days of the items as containers, each once. They have no name, because their items carry their own paths.
 */
export function withSegments(entries: readonly Entry[]): Entry[] {
  const parents = entries.flatMap((entry) => (entry.state === 'present' ? (entry.parentExternalId ?? []) : []));
  const days = [...new Set(parents.filter((id) => id.endsWith('/all')))].map((externalId): Entry => {
    const parentExternalId = externalId.split('/').slice(0, 2).join('/');
    return { state: 'container', externalId, name: '', parentExternalId };
  });
  return [...days, ...entries];
}

export function dayId({ home, channel }: SlackPlace, date: string): string {
  return `${home.id}/${channel}/${date}`;
}

/** @param day the hash chain of its messages, newest first, and the time of the newest */
export function toDay(
  place: SlackPlace,
  day: { readonly date: string; readonly hash: string; readonly latest: string },
): Entry {
  const path = `${place.label}/${day.date}`;
  return {
    state: 'present',
    ...messageItem(place, day.date),
    externalId: dayId(place, day.date),
    name: `${place.label}, ${day.date}`,
    path,
    modifiedAt: toIso(day.latest),
    fingerprint: { kind: 'version', value: day.hash },
    webUrl: linkTo(place, day.latest),
  };
}

/** Converts a thread, and its files as items that belong to it. @param order oldest first */
export function toThread(
  place: SlackPlace,
  ts: string,
  order: readonly SlackMessage[],
  names: ReadonlyMap<string, string>,
): Entry[] {
  const hash = order.reduce(chainHash, '');
  const changed = order.reduce((latest, { ts: own, edited }) => maxOf(latest, own, edited?.ts ?? ''), ts);
  const thread = threadItem(place, ts, titleOf(order, names), changed, hash);
  const files = order.flatMap((message) => toFiles(place, thread, message));
  return [{ state: 'present', ...thread }, ...files];
}

/** Converts a thread from the facts in the history, which do not show edited replies. */
export function toUnreadThread(place: SlackPlace, parent: SlackMessage, names: ReadonlyMap<string, string>): Entry[] {
  const latest = maxOf(parent.ts, parent.latest_reply ?? '', parent.edited?.ts ?? '');
  const hash = `${chainHash('', parent)} ${parent.reply_count ?? 0} ${parent.latest_reply ?? ''}`;
  const thread = threadItem(place, parent.ts, titleOf([parent], names), latest, hash);
  return [{ state: 'present', ...thread }, ...toFiles(place, thread, parent)];
}

/** Converts a thread of which only the start is known. */
export function toEndlessThread(place: SlackPlace, ts: string, skip: SkipReason): Entry {
  return { state: 'present', ...threadItem(place, ts, `a very long thread of ${dateOf(ts)}`, ts, 'endless'), skip };
}

function threadItem(place: SlackPlace, ts: string, name: string, changed: string, hash: string): ItemRef {
  const date = dateOf(ts);
  return {
    ...messageItem(place, date),
    externalId: `${place.home.id}/${place.channel}/${ts}`,
    name,
    path: `${place.label}/${date}/${name}`,
    modifiedAt: toIso(changed),
    fingerprint: { kind: 'version', value: hash },
    webUrl: linkTo(place, ts),
  };
}

function messageItem(place: SlackPlace, date: string) {
  return {
    itemType: 'message',
    parentExternalId: segmentId(place, date),
    mimeType: 'text/markdown',
    size: null,
    fetchHints: { label: place.label },
  } as const;
}

/** Returns the files of one message, as items that belong to its thread or day. */
export function toFiles(
  place: SlackPlace,
  parent: Pick<ItemRef, 'externalId' | 'path'>,
  message: SlackMessage,
): Entry[] {
  return message.files.map((file) => ({ state: 'present', ...toFile(place, parent, message, file) }));
}

function toFile(
  place: SlackPlace,
  parent: Pick<ItemRef, 'externalId' | 'path'>,
  message: SlackMessage,
  file: SlackFile,
): ItemRef {
  const skip = skipReason(file);
  const name = file.name || file.title || 'unnamed file';
  const url = file.url_private_download ?? file.url_private;
  const isDocument = slackDocuments.has(file.mode ?? '') || slackDocumentType.test(file.mimetype ?? '');
  const editedAt = file.edit_timestamp ?? (isDocument ? file.updated : undefined) ?? file.timestamp ?? 0;
  return {
    externalId: `${parent.externalId}/${file.id}`,
    itemType: 'file',
    name,
    parentExternalId: parent.externalId,
    path: `${parent.path ?? place.label}/${name}`,
    mimeType: file.mimetype || null,
    ...(isDocument ? { fetchedAs: 'text/html' } : {}),
    // The size of a Slack document as HTML is unknown in advance.
    size: isDocument ? null : (file.size ?? null),
    modifiedAt: toIso(message.ts),
    // Slack provides no checksum (docs/vendors/slack.md#files).
    fingerprint: {
      kind: 'version',
      value: [file.id, file.size ?? 0, editedAt, skip?.code ?? ''].join(' ').trim(),
    },
    webUrl: file.permalink ?? linkTo(place, message.ts),
    fetchHints: {
      // The address of a shared channel's file may have to be requested.
      ...(url === undefined ? {} : { url }),
      ...(isDocument ? { document: 'yes' } : {}),
    },
    ...(skip === null ? {} : { skip }),
  };
}

/**
 * Checks, from the facts that a listing keeps, for a document written in Slack and served as HTML
 * (docs/vendors/slack.md#files).
 */
export function isSlackDocument({ fetchHints, mimeType }: Pick<ItemRef, 'fetchHints' | 'mimeType'>): boolean {
  return fetchHints?.['document'] !== undefined || slackDocumentType.test(mimeType ?? '');
}

/** Explains why a file in a message is skipped; the engine decides about types and sizes. */
function skipReason({ mode, file_access }: SlackFile): SkipReason | null {
  if (mode === 'tombstone') return { code: 'deleted_file', message: 'The file was deleted in Slack.' };
  if (mode === 'hidden_by_limit')
    return {
      code: 'hidden_file',
      message: 'Slack hides this older file because of the workspace’s plan.',
    };
  if (mode === 'external')
    return { code: 'external_file', message: 'The file is stored outside of Slack, which only links to it.' };
  if (file_access === 'access_denied' || file_access === 'file_not_found')
    return { code: 'file_not_shared', message: 'Slack does not let this account open the file.' };
  return null;
}

/** Returns the ids whose names a thread's title needs. */
export function idsInTitle(order: readonly SlackMessage[]): string[] {
  return idsIn(firstLine(order));
}

/** Returns the first line of text in the thread; links are reduced to their text. */
function titleOf(order: readonly SlackMessage[], names: ReadonlyMap<string, string>): string {
  const words = firstLine(order).replaceAll(/<https?:[^|>]*\|([^>]+)>/g, '$1');
  const line = toPlain(words, names).trimEnd();
  if (line === '') return order.flatMap(({ files }) => files)[0]?.name ?? '(no text)';
  const characters = Array.from(line);
  return characters.length <= maxTitle ? line : `${characters.slice(0, maxTitle - 1).join('')}…`;
}

function firstLine(order: readonly SlackMessage[]): string {
  const texts = order.filter((message) => !isTombstone(message)).map(({ written }) => written);
  const written = texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
  return written.find((line) => /[\p{L}\p{N}]/u.test(line)) ?? written[0] ?? '';
}

/** Builds the same link as Slack's own "Copy link". */
function linkTo({ home, channel }: SlackPlace, ts: string): string | null {
  if (!URL.canParse(home.url)) return null;
  return new URL(`archives/${channel}/p${ts.replace('.', '')}`, home.url).href;
}

function maxOf(...timestamps: readonly string[]): string {
  return timestamps.reduce((latest, ts) => (/^\d{10}\.\d{6}$/.test(ts) && ts > latest ? ts : latest));
}
