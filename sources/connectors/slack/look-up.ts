/** Single items, for a person who asks for them by hand. */

import { isSyncError } from '../../../domain/errors.ts';
import type { Entry } from '../../../domain/source.ts';
import { findChannel, isWanted, labelOf, toHome, whoAmI } from './channels.ts';
import { isLost } from './client.ts';
import type { SlackListing } from './listing.ts';
import { idsInTitle, type ItemId, type Place, readId, toDay, toEndlessThread, toFiles, toThread } from './map.ts';
import { readDay, readThread } from './messages.ts';
import type { Home } from './position.ts';
import { chainHash } from './text.ts';

const longestItem = 64 * 1024 * 1024;

/** A thread or day and all its files are found by one call, and their channel by one. */
export async function lookUp(listing: SlackListing, externalIds: readonly string[]): Promise<readonly Entry[]> {
  const home = toHome(await whoAmI(listing.call, listing.signal));
  const places = new Map<string, Place | null>();
  const found = new Map<string, Entry>();
  const read = new Set<string>();
  for (const externalId of externalIds) {
    const id = readId(externalId);
    if (id === null || id.home !== home.id) continue;
    const owner = externalId.split('/').slice(0, 3).join('/');
    if (read.has(owner)) continue;
    read.add(owner);
    const place = places.get(id.channel) ?? (await findPlace(listing, home, id.channel));
    places.set(id.channel, place);
    const entries = place === null ? [] : await readOwner(listing, place, id);
    for (const entry of entries) if (entry.state === 'present') found.set(entry.externalId, entry);
  }
  return externalIds.map((externalId) => found.get(externalId) ?? { state: 'gone', externalId });
}

async function findPlace(
  { call, config, names, signal }: SlackListing,
  home: Home,
  channelId: string,
): Promise<Place | null> {
  if (config.channels.length > 0 && !config.channels.includes(channelId)) return null;
  const channel = await findChannel(call, channelId, signal);
  if (channel === null || !isWanted(config, home, channel)) return null;
  return { home, channel: channelId, label: await labelOf(channel, names, signal) };
}

async function readOwner({ call, names, signal }: SlackListing, place: Place, { of }: ItemId): Promise<Entry[]> {
  try {
    if ('thread' in of) {
      const order = await readThread(call, place.channel, of.thread, longestItem, signal);
      return toThread(place, of.thread, order, await names.all(idsInTitle(order), signal));
    }
    const newestFirst = await readDay(call, place.channel, of.date, longestItem, signal);
    const hash = newestFirst.reduce(chainHash, '');
    const day = toDay(place, { date: of.date, hash, latest: newestFirst[0]?.ts ?? '' });
    return [day, ...(day.state === 'present' ? newestFirst.flatMap((message) => toFiles(place, day, message)) : [])];
  } catch (error) {
    if (isLost(error)) return [];
    const isEndless = isSyncError(error) && error.kind === 'too_large' && 'thread' in of;
    if (isEndless) return [toEndlessThread(place, of.thread, { code: error.code, message: error.message })];
    throw error;
  }
}
