import type { Entry, ListPage, Position } from '../../../domain/source.ts';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { findChannel, findWorkspaces, isWanted, labelOf, listChannels, toHome, whoAmI } from './channels.ts';
import { isLost, type SlackCall } from './client.ts';
import type { SlackConfig } from './config.ts';
import {
  dayId,
  idsInTitle,
  type Place,
  stretchId,
  toDay,
  toEndlessThread,
  toFiles,
  toThread,
  toUnreadThread,
} from './map.ts';
import { isAlone, readHistory, readThread, threadOf } from './messages.ts';
import type { Names } from './names.ts';
import { type ChannelWalk, readCheckpoint, readCursor, type Walk, writeCheckpoint, writeCursor } from './position.ts';
import { chainHash } from './text.ts';
import { beginning, dateOf, datesBetween, daysBefore, toTimestamp } from './time.ts';
import type { SlackChannel, SlackMessage } from './wire.ts';

/**
 * Calls of one page. A refused page is repeated from its beginning: one that needs more than a part of the minute's 50 calls
 * would be refused for ever [reference 5.2].
 */
const callsPerPage = 10;
/** A page ends once it has so many entries; the last call may bring some more. */
export const pageSize = 200;
/** Bytes that are read of a thread to list it. */
const longestThread = 64 * 1024 * 1024;

export interface SlackListing {
  readonly call: SlackCall;
  readonly config: SlackConfig;
  readonly names: Names;
  readonly signal: AbortSignal;
}

/** A page: as many calls as it may make, each of which leads from one state of the walk to the next. */
export async function listPage(listing: SlackListing, position: Position): Promise<ListPage> {
  let walk = await startFrom(listing, position);
  const entries: Entry[] = [];
  const calls = listing.config.rateLimit === 'restricted' ? 1 : callsPerPage;
  for (let made = 0; made < calls && entries.length < pageSize && !isOver(walk); made++) {
    const step = await advance(listing, walk);
    walk = step.walk;
    entries.push(...step.entries);
  }
  if (!isOver(walk)) return { entries, next: { more: true, cursor: writeCursor(walk) } };
  const checkpoint = writeCheckpoint({ at: walk.latest, channels: walk.found });
  return { entries, next: { more: false, checkpoint, complete: walk.full } };
}

/** The position is taken here, before anything is read: what changes during the walk is within the next one's days. */
async function startFrom({ call, config, signal }: SlackListing, position: Position): Promise<Walk> {
  if (position.at === 'cursor') return readCursor(position.cursor);
  if (position.at === 'container') throw new SyncError('invalid_input', { message: 'Slack has no containers.' });
  const last = position.at === 'checkpoint' ? readCheckpoint(position.checkpoint) : null;
  const now = toTimestamp(Date.now());
  // Workers' clocks differ: what the last listing has shown lies within this one, or it would be taken for gone.
  const latest = last !== null && last.at > now ? last.at : now;
  const me = await whoAmI(call, signal);
  const queue = config.channels.length > 0 ? config.channels : await findWorkspaces(call, me, signal);
  return {
    v: 1,
    full: last === null,
    home: toHome(me),
    latest,
    since: last === null ? beginning : daysBefore(last.at, config.rescanDays),
    finding: { queue, cursor: null, known: last?.channels ?? null },
    waiting: [],
    found: [],
    at: null,
  };
}

function isOver({ finding, waiting, at }: Walk): boolean {
  return finding === null && waiting.length === 0 && at === null;
}

interface Step {
  readonly walk: Walk;
  readonly entries: readonly Entry[];
}

async function advance(listing: SlackListing, walk: Walk): Promise<Step> {
  if (walk.finding !== null) return { walk: await findMore(listing, walk, walk.finding), entries: [] };
  const [next, ...waiting] = walk.waiting;
  const at =
    walk.at ?? (next === undefined ? null : { channel: next, cursor: null, ended: false, threads: [], day: null });
  if (at === null) return { walk, entries: [] };
  const begun = walk.at === null ? { ...walk, waiting } : walk;
  const { after, entries } = await readOn(listing, begun, at);
  if (!after.ended || after.threads.length > 0) return { walk: { ...begun, at: after }, entries };
  return { walk: { ...begun, at: null }, entries: [...entries, ...endOf(begun, after)] };
}

async function findMore(listing: SlackListing, walk: Walk, finding: NonNullable<Walk['finding']>): Promise<Walk> {
  const { call, config, signal } = listing;
  const [first = '', ...rest] = finding.queue;
  const isNamed = config.channels.length > 0;
  const page = isNamed
    ? { channels: [await findChannel(call, first, signal)].filter((found) => found !== null), cursor: null }
    : await listChannels(call, config, first, finding.cursor, signal);
  // Workspaces of one organisation share channels.
  const fresh = page.channels.filter(({ id }) => !walk.found.includes(id));
  const wanted = fresh.filter((channel) => isWanted(config, walk.home, channel));
  const queue = page.cursor === null ? rest : finding.queue;
  return {
    ...walk,
    finding: queue.length === 0 ? null : { ...finding, queue, cursor: page.cursor },
    waiting: [...walk.waiting, ...(await toRead(listing, walk, finding.known, wanted))],
    found: [...walk.found, ...wanted.map(({ id }) => id)],
  };
}

async function toRead(
  { names, signal }: SlackListing,
  { since }: Walk,
  known: readonly string[] | null,
  channels: readonly SlackChannel[],
) {
  return await Promise.all(
    channels.map(async (channel) => ({
      id: channel.id,
      label: await labelOf(channel, names, signal),
      oldest: known === null || known.includes(channel.id) ? since : beginning,
    })),
  );
}

interface ReadOn {
  readonly after: ChannelWalk;
  readonly entries: readonly Entry[];
}

/** One thread, or the next page of the history. A channel that is no longer open to the account has nothing more to show. */
async function readOn(listing: SlackListing, walk: Walk, at: ChannelWalk): Promise<ReadOn> {
  const [thread, ...threads] = at.threads;
  const place = placeOf(walk, at);
  try {
    if (thread === undefined) return await readPage(listing, walk, at, place);
    return { after: { ...at, threads }, entries: await listThread(listing, place, thread) };
  } catch (error) {
    if (!isLost(error)) throw error;
    // Of a thread, itself alone may be lost.
    const after = thread === undefined ? { ...at, ended: true } : { ...at, threads };
    return { after, entries: [] };
  }
}

async function listThread({ call, names, signal }: SlackListing, place: Place, ts: string): Promise<Entry[]> {
  try {
    const order = await readThread(call, place.channel, ts, longestThread, signal);
    return toThread(place, ts, order, await names.all(idsInTitle(order), signal));
  } catch (error) {
    if (!isSyncError(error) || error.kind !== 'too_large') throw error;
    return [toEndlessThread(place, ts, { code: error.code, message: error.message })];
  }
}

/** A page of the history: lone messages join their day, files are items at once, threads are noted to be read. */
async function readPage(listing: SlackListing, walk: Walk, at: ChannelWalk, place: Place): Promise<ReadOn> {
  const { call, config, signal } = listing;
  const range = { channel: place.channel, oldest: at.channel.oldest, latest: walk.latest, cursor: at.cursor };
  const { messages, cursor } = await readHistory(call, 'position', range, signal);
  const { day, entries } = joinDays(place, at.day, messages.filter(isAlone));
  const isRestricted = config.rateLimit === 'restricted';
  const threads = isRestricted ? [] : [...new Set(messages.flatMap((message) => threadOf(message) ?? []))];
  const unread = isRestricted ? await listUnread(listing, place, messages) : [];
  return { after: { ...at, cursor, ended: cursor === null, threads, day }, entries: [...entries, ...unread] };
}

/** With a call a minute there is none to spare for each thread. */
async function listUnread(
  { names, signal }: SlackListing,
  place: Place,
  messages: readonly SlackMessage[],
): Promise<Entry[]> {
  const parents = messages.filter((message) => threadOf(message) === message.ts);
  const titles = await names.all(idsInTitle(parents), signal);
  return parents.flatMap((parent) => toUnreadThread(place, parent, titles));
}

/** Messages come newest first: when one of an earlier day comes, the day before it is whole. */
function joinDays(place: Place, begun: ChannelWalk['day'], messages: readonly SlackMessage[]) {
  const entries: Entry[] = [];
  let day = begun;
  for (const message of messages) {
    const date = dateOf(message.ts);
    if (day !== null && day.date !== date) entries.push(toDay(place, day));
    const before = day?.date === date ? day : { date, hash: '', latest: message.ts };
    day = { ...before, hash: chainHash(before.hash, message) };
    entries.push(...toFiles(place, { externalId: dayId(place, date), path: `${place.label}/${date}` }, message));
  }
  return { day, entries };
}

/** The last day; and, where some days only were read again, the word that what they did not show is gone. */
function endOf(walk: Walk, at: ChannelWalk): Entry[] {
  const place = placeOf(walk, at);
  const { oldest } = at.channel;
  const dates = walk.full || oldest === beginning ? [] : datesBetween(oldest, walk.latest);
  return [
    ...(at.day === null ? [] : [toDay(place, at.day)]),
    ...dates.map((date): Entry => ({ state: 'all_listed', externalId: stretchId(place, date) })),
  ];
}

function placeOf({ home }: Walk, { channel }: ChannelWalk): Place {
  return { home, channel: channel.id, label: channel.label };
}
