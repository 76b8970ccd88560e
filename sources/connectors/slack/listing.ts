import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, ListPage, Position } from '../../../domain/source.ts';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { isOfPart, isTriedAgain, mayPass, retryDelayMs } from '../part-tries.ts';
import { whoAmI } from './channels.ts';
import { endlessList, withheldMessages } from './errors.ts';
import { askForType, findMore, startContainer, startFinding } from './finding.ts';
import { toChannelGap, toDayGap, partialMessages, unreadFiles } from './gaps.ts';
import {
  channelId,
  dayId,
  idsInTitle,
  type SlackPlace,
  segmentId,
  toChannel,
  toDay,
  toEndlessThread,
  toFiles,
  toThread,
  toUnreadThread,
  withSegments,
} from './map.ts';
import { isAlone, maxIdlePages, readHistory, readThread, threadOf } from './messages.ts';
import {
  type ChannelToRead,
  type ChannelWalk,
  readCursor,
  type Walk,
  writeCheckpoint,
  writeCursor,
} from './position.ts';
import type { SlackListing, Step } from './step.ts';
import { chainHash, isWithheld } from './text.ts';
import { beginning, boundsOf, dateOf, datesBetween, newestHiddenDate } from './time.ts';
import type { SlackMessage } from './wire.ts';

/**
 * Maximum number of calls for one page. A refused page is repeated from its start, so one that needs most of the 50
 * calls per minute would be refused forever (docs/vendors/slack.md#rate-tiers).
 */
const callsPerPage = 10;
/** A page ends once it has this many entries; the last call may add some more. */
export const pageSize = 200;
/** Maximum number of bytes that are read of a thread in order to list it. */
const maxThread = 64 * 1024 * 1024;

/** Lists a page with as many calls as it may make, each of which advances the walk to its next state. */
export async function listPage(listing: SlackListing, position: Position): Promise<ListPage> {
  const answer = position.at === 'container' ? await askForType(listing, position.externalId) : null;
  if (answer !== null) return { entries: answer, next: { more: false, checkpoint: null, complete: true } };
  let walk = await startFrom(listing, position);
  if (isHeld(walk)) throw held(walk);
  const entries: Entry[] = [];
  const calls = listing.config.rateLimit === 'restricted' ? 1 : callsPerPage;
  for (let made = 0; made < calls && entries.length < pageSize && !isOver(walk) && !isHeld(walk); made++) {
    const step = await advance(listing, walk);
    walk = step.walk;
    entries.push(...step.entries);
  }
  const all = withSegments(entries);
  if (!isOver(walk)) return { entries: all, next: { more: true, cursor: writeCursor(walk) } };
  if (walk.container !== null) return { entries: all, next: { more: false, checkpoint: null, complete: true } };
  const { latest, found, behind, resting, full } = walk;
  const checkpoint = writeCheckpoint({ at: latest, channels: found, behind, resting });
  return { entries: all, next: { more: false, checkpoint, complete: full } };
}

async function startFrom(listing: SlackListing, position: Position): Promise<Walk> {
  switch (position.at) {
    case 'cursor':
      return readCursor(position.cursor);
    case 'container':
      return await startContainer(listing, position.externalId);
    case 'checkpoint':
      return await startFinding(listing, position.checkpoint);
    case 'start':
      return await startFinding(listing, null);
  }
}

function isOver({ finding, waiting, at, later }: Walk): boolean {
  return finding === null && waiting.length === 0 && at === null && later.length === 0;
}

function isHeld({ heldUntil }: Walk): boolean {
  return heldUntil > Date.now();
}

/** Slack has refused a call. No worker makes a call of this account before the requested time has passed. */
function held({ heldUntil }: Walk): SyncError {
  return new SyncError('rate_limited', {
    scope: 'account',
    message: 'Rate limited by Slack. The sync resumes automatically after the time that Slack requested.',
    retryAfterMs: Math.max(heldUntil - Date.now(), 0),
  });
}

async function advance(listing: SlackListing, walk: Walk): Promise<Step> {
  if (walk.finding !== null) return await findMore(listing, walk, walk.finding);
  const started = await nextChannel(walk, listing.signal);
  if (started.at === null) return { walk: started, entries: [] };
  const { at } = started;
  const opened = walk.at === null && at.tries === 0 ? [toChannel(placeOf(started, at))] : [];
  try {
    const { after, entries } = await readOn(listing, started, at);
    const step = toStep(started, { ...after, tries: 0, until: 0 }, entries);
    return { ...step, entries: [...opened, ...step.entries] };
  } catch (error) {
    const step = await setAside(listing, started, at, error);
    return { ...step, entries: [...opened, ...step.entries] };
  }
}

/** Returns the result of one successful call. */
function toStep(walk: Walk, after: ChannelWalk, entries: readonly Entry[]): Step {
  if (!after.ended || after.threads.length > 0) return { walk: { ...walk, at: after }, entries };
  const { channel, unreadDays, isPartial } = after;
  const isWhole = unreadDays.length === 0 && !isPartial;
  return {
    walk: {
      ...walk,
      at: null,
      behind: isWhole ? walk.behind : { ...walk.behind, [channel.id]: firstUnread(after) },
      resting: isWhole && channel.archived ? [...walk.resting, channel.id] : walk.resting,
    },
    entries: [...entries, ...endOf(walk, after)],
  };
}

/** Returns the current channel, else the next one waiting, else one that failed, once its delay has passed. */
async function nextChannel(walk: Walk, signal: AbortSignal): Promise<Walk> {
  if (walk.at !== null) return walk;
  const [next, ...waiting] = walk.waiting;
  if (next !== undefined) return { ...walk, waiting, at: startOf(next) };
  const [first, ...later] = walk.later.toSorted((a, b) => a.until - b.until);
  if (first === undefined) return walk;
  await sleep(Math.max(first.until - Date.now(), 0), undefined, { signal });
  return { ...walk, later, at: first };
}

function startOf(channel: ChannelToRead): ChannelWalk {
  return {
    channel,
    cursor: null,
    ended: false,
    threads: [],
    day: null,
    reached: null,
    idle: 0,
    tries: 0,
    until: 0,
    started: 0,
    unreadDays: [],
    isPartial: false,
  };
}

/**
 * Handles a failed call for one channel. A temporary error is retried after the other channels. A permanent one becomes
 * a gap if the account itself answers.
 * @throws SyncError for errors of the account
 */
async function setAside(listing: SlackListing, walk: Walk, at: ChannelWalk, error: unknown): Promise<Step> {
  if (!isSyncError(error) || !isOfPart(error)) throw error;
  const isRestarted = error.kind === 'checkpoint_expired';
  // A history that starts well and then rejects its own cursor must not be restarted forever.
  const tries = (isRestarted ? Math.max(at.started, at.tries) : at.tries) + 1;
  if (!isTriedAgain(error, tries)) {
    if (mayPass(error)) await whoAmI(listing.call, listing.signal);
    return giveUp(walk, at, error);
  }
  const until = Date.now() + retryDelayMs(error, tries);
  const again = isRestarted ? { ...startOf(at.channel), unreadDays: at.unreadDays, started: tries } : at;
  const heldUntil = error.kind === 'rate_limited' ? until : 0;
  return { walk: { ...walk, at: null, later: [...walk.later, { ...again, tries, until }], heldUntil }, entries: [] };
}

/**
 * For a thread only its day is missing, else the whole channel. Neither counts as read: the next listing starts before
 * it.
 */
function giveUp(walk: Walk, at: ChannelWalk, error: SyncError): Step {
  const place = placeOf(walk, at);
  const [thread, ...threads] = at.threads;
  if (thread === undefined) {
    const behind = { ...walk.behind, [place.channel]: at.channel.oldest };
    return { walk: { ...walk, at: null, behind }, entries: [toChannelGap(walk, place, error)] };
  }
  const date = dateOf(thread);
  const after = { ...at, threads, tries: 0, until: 0, unreadDays: [...at.unreadDays, date] };
  return toStep(walk, after, [toDayGap(place, date, error)]);
}

interface ReadOn {
  readonly after: ChannelWalk;
  readonly entries: readonly Entry[];
}

/** Reads one thread, or the next page of the history. */
async function readOn(listing: SlackListing, walk: Walk, at: ChannelWalk): Promise<ReadOn> {
  const [thread, ...threads] = at.threads;
  const place = placeOf(walk, at);
  if (thread === undefined) return await readPage(listing, walk, at, place);
  const { entries, isWhole } = await listThread(listing, place, thread);
  const date = dateOf(thread);
  if (isWhole) return { after: { ...at, threads }, entries };
  return {
    after: { ...at, threads, unreadDays: [...at.unreadDays, date] },
    entries: [...entries, toDayGap(place, date, unreadFiles)],
  };
}

async function listThread(
  { call, names, signal }: SlackListing,
  place: SlackPlace,
  ts: string,
): Promise<{ readonly entries: Entry[]; readonly isWhole: boolean }> {
  try {
    const order = await names.files(await readThread(call, place.channel, ts, maxThread, signal), signal);
    const entries = toThread(place, ts, order, await names.all(idsInTitle(order), signal));
    return { entries, isWhole: order.every((message) => message.unreadFiles === 0) };
  } catch (error) {
    // The thread was deleted after its channel was read.
    if (isSyncError(error) && error.kind === 'not_found') return { entries: [], isWhole: true };
    if (!isSyncError(error) || error.kind !== 'too_large') throw error;
    return { entries: [toEndlessThread(place, ts, { code: error.code, message: error.message })], isWhole: true };
  }
}

/** Reads a page of the history: single messages join their day, files become items at once, threads are queued. */
async function readPage(listing: SlackListing, walk: Walk, at: ChannelWalk, place: SlackPlace): Promise<ReadOn> {
  const { call, config, signal } = listing;
  const { oldest, latest = walk.latest } = at.channel;
  const range = { channel: place.channel, oldest, latest, cursor: at.cursor };
  const page = await readHistory(call, 'container', range, signal);
  const messages = await listing.names.files(page.messages, signal);
  const { cursor } = page;
  const isLast = cursor === null && page.isLimited;
  const readable = messages.filter((message) => !isWithheld(message));
  const { reached, idle } = progressOf(at, messages, cursor);
  const alone = messages.filter(isAlone);
  const { day: joined, entries } = joinDays(place, at, alone);
  const day = isLast ? withoutHidden(joined) : joined;
  const isRestricted = config.rateLimit === 'restricted';
  const threads = isRestricted ? [] : [...new Set(readable.flatMap((message) => threadOf(message) ?? []))];
  const unlisted = isRestricted ? await listUnread(listing, place, readable) : [];
  const days = daysWithoutFiles(isRestricted ? messages : alone).filter((date) => !at.unreadDays.includes(date));
  const isPartial = at.isPartial || page.isPartial || readable.length < messages.length;
  const gaps = [
    ...days.map((date) => toDayGap(place, date, unreadFiles)),
    ...(isPartial && !at.isPartial
      ? [toChannelGap(walk, place, page.isPartial ? partialMessages : withheldMessages())]
      : []),
  ];
  const unreadDays = [...at.unreadDays, ...days];
  const after = { ...at, cursor, ended: cursor === null, threads, day, reached, idle, unreadDays, isPartial };
  return { after, entries: [...entries, ...unlisted, ...gaps] };
}

/**
 * The history runs backwards, so a page that does not reach further back repeats an earlier one. @throws SyncError
 * `endless_listing`
 */
function progressOf(at: ChannelWalk, messages: readonly SlackMessage[], cursor: string | null) {
  const oldest = messages.reduce((min, { ts }) => (ts < min ? ts : min), '9999999999.999999');
  const isFurther = messages.length > 0 && (at.reached === null || oldest < at.reached);
  const idle = isFurther ? 0 : at.idle + 1;
  const isRepeated = cursor === at.cursor || (messages.length > 0 && !isFurther);
  if (cursor !== null && (isRepeated || idle >= maxIdlePages)) {
    throw endlessList({ scope: 'container', method: 'conversations.history' }, 'no older message on the next page');
  }
  return { reached: isFurther ? oldest : at.reached, idle };
}

function daysWithoutFiles(messages: readonly SlackMessage[]): string[] {
  return [...new Set(messages.filter((message) => message.unreadFiles > 0).map(({ ts }) => dateOf(ts)))];
}

/** At one call per minute, no calls can be spent on single threads. */
async function listUnread(
  { names, signal }: SlackListing,
  place: SlackPlace,
  messages: readonly SlackMessage[],
): Promise<Entry[]> {
  const parents = messages.filter((message) => threadOf(message) === message.ts);
  const titles = await names.all(idsInTitle(parents), signal);
  return parents.flatMap((parent) => toUnreadThread(place, parent, titles));
}

/**
 * Messages come newest first, so a message of an earlier day completes the day before it, and one that is not older than
 * the last is a repetition, which must not look like a change.
 */
function joinDays(place: SlackPlace, { day: started, reached }: ChannelWalk, messages: readonly SlackMessage[]) {
  const entries: Entry[] = [];
  let day = started;
  let last = reached;
  for (const message of messages) {
    if (last !== null && message.ts >= last) continue;
    last = message.ts;
    const date = dateOf(message.ts);
    if (day !== null && day.date !== date) entries.push(...toReadDay(place, day));
    const before = day?.date === date ? day : { date, hash: '', latest: message.ts, isWithheld: false };
    const withheld = before.isWithheld || isWithheld(message);
    day = { ...before, hash: chainHash(before.hash, message), isWithheld: withheld };
    entries.push(...toFiles(place, { externalId: dayId(place, date), path: `${place.label}/${date}` }, message));
  }
  return { day, entries };
}

/** The free plan hides the first messages of a day before the others, which must not shorten what was synced of it. */
function withoutHidden(day: ChannelWalk['day']): ChannelWalk['day'] {
  return day !== null && day.date <= newestHiddenDate(Date.now()) ? { ...day, isWithheld: true } : day;
}

/** A day of which something is withheld keeps the text that was synced. */
function toReadDay(place: SlackPlace, day: NonNullable<ChannelWalk['day']>): Entry[] {
  return day.isWithheld ? [] : [toDay(place, day)];
}

/**
 * Returns the last day and, if only some days were read again, the entries saying that everything they did not list is
 * deleted.
 */
function endOf(walk: Walk, at: ChannelWalk): Entry[] {
  const place = placeOf(walk, at);
  const listed = at.isPartial ? [] : wholeParts(walk, at, place);
  return [
    ...(at.day === null ? [] : toReadDay(place, at.day)),
    ...listed.map((externalId): Entry => ({ state: 'all_listed', externalId })),
  ];
}

function wholeParts(walk: Walk, { channel, unreadDays }: ChannelWalk, place: SlackPlace): string[] {
  const { oldest, latest = walk.latest } = channel;
  if (oldest === beginning || (walk.full && oldest === walk.since))
    return walk.container === channelId(place) && unreadDays.length === 0 ? [walk.container] : [];
  const dates = datesBetween(oldest, latest).filter((date) => !unreadDays.includes(date));
  return dates.map((date) => segmentId(place, date));
}

/** Returns the time from which the channel must be read again. */
function firstUnread({ channel, unreadDays, isPartial }: ChannelWalk): string {
  const [first] = unreadDays.toSorted();
  if (isPartial || first === undefined) return channel.oldest;
  const { oldest } = boundsOf(first);
  return oldest > channel.oldest ? oldest : channel.oldest;
}

function placeOf({ home }: Walk, { channel }: Pick<ChannelWalk, 'channel'>): SlackPlace {
  return { home, channel: channel.id, label: channel.label };
}
