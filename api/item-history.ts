/** The life of one item, in words. */

import type { z } from 'zod';
import type { ItemEvent, ItemLife, KnownItem } from '../db/items/item-history.ts';
import type * as schemas from './schemas.ts';

/** @param lastFullListingAt for an item that is not known: when the source was last listed as a whole */
export function itemHistory(life: ItemLife, lastFullListingAt: Date | null): z.infer<typeof schemas.explanation> {
  const { item, events } = life;
  return {
    summary: item === null ? absence(events, lastFullListingAt) : presence(item),
    item:
      item === null
        ? null
        : {
            ...item,
            notes: [...(item.notes ?? [])],
            foundAt: item.foundAt.toISOString(),
            nextAttemptAt: item.nextAttemptAt?.toISOString() ?? null,
            lastSyncedAt: item.lastSyncedAt?.toISOString() ?? null,
          },
    events: events.map((event) => ({ ...event, at: event.at.toISOString(), what: happening(event) })),
  };
}

function presence(item: KnownItem): string {
  const notes = item.notes ?? [];
  return [stateOf(item), ...notes.map(({ message }) => message)].join(' ');
}

function stateOf(item: KnownItem): string {
  const found = `Found on ${day(item.foundAt)}`;
  const text = item.isLive ? 'its text can be searched' : 'there is no text of it';
  switch (item.syncStatus) {
    case 'synced':
      return `${found}, last synced on ${day(item.lastSyncedAt)}; ${text}.`;
    case 'skipped':
      return `${found}, left out: ${item.errorMessage ?? 'no reason was recorded'} It is looked at again when it changes.`;
    case 'failed':
      return `${found}, failed ${item.attempts} time${item.attempts === 1 ? '' : 's'}: ${item.errorMessage ?? 'no reason was recorded'} ${nextTry(item)}${item.isLive ? ' Its older text can still be searched.' : ''}`;
    case 'pending':
      return `${found}; no job has brought it to an end yet.`;
  }
}

function nextTry({ nextAttemptAt }: KnownItem): string {
  return nextAttemptAt === null || nextAttemptAt.getTime() <= Date.now()
    ? 'The next sync tries again.'
    : `The first sync after ${nextAttemptAt.toISOString()} tries again, a retry by hand at once.`;
}

function absence(events: readonly ItemEvent[], lastFullListingAt: Date | null): string {
  const removed = events.find((event) => event.outcome === 'removed');
  if (removed !== undefined) return `It was removed on ${day(removed.at)}, because it was no longer at the source.`;
  return lastFullListingAt === null
    ? 'It is not known, and the source has never been listed to its end: sync it first.'
    : `It is not known: the full listing of ${day(lastFullListingAt)} did not show it. It may be outside of what this source syncs, or the account may not see it.`;
}

const outcomes: Readonly<Record<NonNullable<ItemEvent['outcome']>, string>> = {
  created: 'added',
  updated: 'updated',
  unchanged: 'found unchanged',
  removed: 'removed',
  skipped: 'left out',
  failed: 'failed',
};

function happening({ outcome, state, errorMessage }: ItemEvent): string {
  const unended = errorMessage === null ? `under way (${state})` : 'not tried';
  const what = outcome === null ? unended : outcomes[outcome];
  return errorMessage === null ? what : `${what}: ${errorMessage}`;
}

function day(at: Date | null): string {
  return at === null ? 'an unknown day' : at.toISOString().replace(/\.\d+Z$/, 'Z');
}
