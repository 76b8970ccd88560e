/** Looks up single items that a person requests. */

import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { isLimitOfAccount, isOfPart } from '../part-tries.ts';
import { findChannel, isClosedToBot, isWanted, labelOf, toHome, whoAmI } from './channels.ts';
import { archivedChannel, hiddenMessages } from './errors.ts';
import { toDayGap, unreadFiles } from './gaps.ts';
import {
  idsInTitle,
  type ItemId,
  type SlackPlace,
  readContainerId,
  readId,
  toDay,
  toEndlessThread,
  toFiles,
  toThread,
} from './map.ts';
import type { HiddenMessages } from './hidden.ts';
import { readDay, readThread } from './messages.ts';
import type { SlackConfig } from './config.ts';
import type { Home } from './position.ts';
import { namesOnlyIds } from './selection.ts';
import type { SlackListing } from './step.ts';
import { chainHash } from './text.ts';
import { boundsOf, dateOf, newestHiddenDate } from './time.ts';
import type { SlackMessage } from './wire.ts';

const maxItem = 64 * 1024 * 1024;
/** A thread or a day needs up to two calls, and a batch that is refused half way is repeated from its start. */
export function lookUpBatchSize({ rateLimit }: Pick<SlackConfig, 'rateLimit'>): number {
  return rateLimit === 'restricted' ? 1 : 25;
}

/** What a batch has found out about channels. */
interface Known {
  readonly places: Map<string, SlackPlace | null>;
  readonly hidden: HiddenMessages;
}

/**
 * Looks up a thread or day and all its files with one call, and their channel with another.
 * @param hidden what is known of the plan of the workspace, for several batches
 */
export async function lookUp(
  listing: SlackListing,
  hidden: HiddenMessages,
  externalIds: readonly string[],
): Promise<readonly Entry[]> {
  const home = toHome(await whoAmI(listing.call, listing.signal));
  const known: Known = { places: new Map(), hidden };
  const owners = new Map<string, ReadonlyMap<string, Entry> | SyncError>();
  const entries: Entry[] = [];
  for (const externalId of externalIds) {
    // A channel or a day is listed, not looked up, so nothing is said about it.
    if (readContainerId(externalId) !== null) continue;
    const id = readId(externalId);
    const owner = externalId.split('/').slice(0, 3).join('/');
    const found =
      id === null || id.home !== home.id
        ? new Map()
        : (owners.get(owner) ?? (await findOwned(listing, home, known, id)));
    owners.set(owner, found);
    if (isSyncError(found)) entries.push(unknownItem(home, id, found));
    else entries.push(found.get(externalId) ?? { state: 'deleted', externalId });
  }
  return entries;
}

/** Returns a thread or a day with its files, by their ids, or the reason why Slack does not return it. */
async function findOwned(
  listing: SlackListing,
  home: Home,
  known: Known,
  id: ItemId,
): Promise<ReadonlyMap<string, Entry> | SyncError> {
  try {
    const before = known.places.get(id.channel);
    const place = before === undefined ? await findPlace(listing, home, id.channel) : before;
    known.places.set(id.channel, place);
    const entries = place === null ? [] : await readVisible(listing, place, id, known);
    return new Map(entries.flatMap((entry) => (entry.state === 'present' ? [[entry.externalId, entry]] : [])));
  } catch (error) {
    if (!isSyncError(error) || !isOfPart(error) || isLimitOfAccount(error)) throw error;
    return error;
  }
}

/** @throws SyncError `hidden_messages` if the plan of the workspace hides them: they are then not deleted */
async function readVisible(listing: SlackListing, place: SlackPlace, id: ItemId, { hidden }: Known): Promise<Entry[]> {
  const { channel, of } = id;
  const range = 'thread' in of ? { oldest: of.thread, latest: of.thread } : boundsOf(of.date);
  const isOld = dateOf(range.oldest) <= newestHiddenDate(Date.now());
  const isHidden = async (): Promise<boolean> => isOld && (await hidden.find(channel, range, listing.signal));
  // A thread is visible as a whole, but of a day the plan may hide the beginning.
  if (hidden.isKnown(channel, range) || ('date' in of && (await isHidden()))) throw hiddenMessages();
  const entries = await readOwner(listing, place, id);
  if (entries.length === 0 && 'thread' in of && (await isHidden())) throw hiddenMessages();
  return entries;
}

/** An item for which Slack gives no answer is not deleted. */
function unknownItem(home: Home, id: ItemId | null, error: SyncError): Entry {
  if (id === null) throw error;
  const place = { home, channel: id.channel, label: `#${id.channel}` };
  return toDayGap(place, 'thread' in id.of ? dateOf(id.of.thread) : id.of.date, error);
}

/** @throws SyncError if an unreadable file could be mistaken for a deleted one */
function wholeFiles(messages: SlackMessage[]): SlackMessage[] {
  if (messages.every((message) => message.unreadFiles === 0)) return messages;
  throw new SyncError('unavailable', { code: unreadFiles.code, scope: 'item', message: unreadFiles.message });
}

/** @throws SyncError `archived_channel` if Slack refuses a channel to the bot that is not closed to people */
async function findPlace(
  { call, config, names, signal }: SlackListing,
  home: Home,
  channelId: string,
): Promise<SlackPlace | null> {
  if (namesOnlyIds(config) && !config.channels.includes(channelId)) return null;
  const channel = await findChannel(call, channelId, signal);
  if (channel === null) return null;
  if (isClosedToBot(config, home, channel)) throw archivedChannel();
  if (!isWanted(config, home, channel)) return null;
  return { home, channel: channelId, label: await labelOf(channel, names, signal) };
}

async function readOwner({ call, names, signal }: SlackListing, place: SlackPlace, { of }: ItemId): Promise<Entry[]> {
  try {
    if ('thread' in of) {
      const thread = wholeFiles(await readThread(call, place.channel, of.thread, maxItem, signal));
      const order = await names.files(thread, signal);
      return toThread(place, of.thread, order, await names.all(idsInTitle(order), signal));
    }
    const day = wholeFiles(await readDay(call, place.channel, of.date, maxItem, signal));
    const newestFirst = await names.files(day, signal);
    const hash = newestFirst.reduce(chainHash, '');
    const item = toDay(place, { date: of.date, hash, latest: newestFirst[0]?.ts ?? '' });
    return [item, ...(item.state === 'present' ? newestFirst.flatMap((message) => toFiles(place, item, message)) : [])];
  } catch (error) {
    if (isSyncError(error) && error.kind === 'not_found') return [];
    const isEndless = isSyncError(error) && error.kind === 'too_large' && 'thread' in of;
    if (isEndless) return [toEndlessThread(place, of.thread, { code: error.code, message: error.message })];
    throw error;
  }
}
