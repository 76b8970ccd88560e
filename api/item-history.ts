/** The history of one item, in words. */

import type { z } from 'zod';
import type { ItemEvent, RecordedHistory, KnownItem } from '../db/items/item-history.ts';
import type * as schemas from './schemas.ts';

/** @param lastFullListingAt for an unknown item: when the source was last listed completely */
export function itemHistory(
  life: RecordedHistory,
  lastFullListingAt: Date | null,
): z.infer<typeof schemas.itemHistory> {
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
    events: events.map(({ dryRun, isEnded, ...event }) => ({
      ...event,
      at: event.at.toISOString(),
      what: dryRun ? intention(event) : happening({ ...event, isEnded }),
    })),
  };
}

function presence(item: KnownItem): string {
  const notes = item.notes ?? [];
  return [stateOf(item), ...notes.map(({ message }) => message)].join(' ');
}

function stateOf(item: KnownItem): string {
  const found = `Found on ${day(item.foundAt)}`;
  const text = item.isLive ? 'its text can be searched' : 'it has no searchable text';
  switch (item.syncStatus) {
    case 'synced':
      return `${found}, last synced on ${day(item.lastSyncedAt)}; ${text}.`;
    case 'skipped':
      return `${found}, skipped: ${item.errorMessage ?? 'no reason was recorded.'} It is tried again when it changes.`;
    case 'failed':
      return `${found}, failed ${item.attempts} time${item.attempts === 1 ? '' : 's'}: ${item.errorMessage ?? 'no reason was recorded.'} ${nextTry(item)}${item.isLive ? ' Its previous text can still be searched.' : ''}`;
    case 'pending':
      return `${found}; not synced yet.`;
  }
}

function nextTry({ nextAttemptAt }: KnownItem): string {
  return nextAttemptAt === null || nextAttemptAt.getTime() <= Date.now()
    ? 'The next sync tries again.'
    : `The first sync after ${nextAttemptAt.toISOString()} tries again; a manual retry tries at once.`;
}

function absence(events: readonly ItemEvent[], lastFullListingAt: Date | null): string {
  const removed = events.find((event) => event.outcome === 'removed');
  if (removed !== undefined)
    return `Removed on ${day(removed.at)}, because it was no longer at the source, or no longer among what is synced.`;
  return lastFullListingAt === null
    ? 'This item is unknown, and the source has not been listed completely yet. Sync it first.'
    : `This item is unknown: the full listing on ${day(lastFullListingAt)} did not contain it. It may be outside what this source syncs, or the account may not have access to it.`;
}

const outcomes: Readonly<Record<NonNullable<ItemEvent['outcome']>, string>> = {
  created: 'Added',
  updated: 'Updated',
  unchanged: 'Unchanged',
  removed: 'Removed',
  skipped: 'Skipped',
  failed: 'Failed',
};

const intentions: Readonly<Record<NonNullable<ItemEvent['action']>, string>> = {
  create: 'add it',
  update: 'update it',
  touch: 'update its name, place or time',
  delete: 'remove it',
  skip: 'skip it',
  retry: 'try it again',
  keep: 'leave it as it is',
  reprocess: 'process its stored text again',
  defer: 'try it again later',
};

function intention({ action, errorMessage }: Pick<ItemEvent, 'action' | 'errorMessage'>): string {
  const what = action === null ? 'Planned' : `Planned: a sync would ${intentions[action]}`;
  return errorMessage === null ? what : `${what}. ${errorMessage}`;
}

function happening({
  outcome,
  state,
  errorMessage,
  isEnded,
}: Pick<ItemEvent, 'outcome' | 'state' | 'errorMessage' | 'isEnded'>): string {
  const unended = errorMessage === null && !isEnded ? `In progress (${state})` : 'Not tried';
  const what = outcome === null ? unended : outcomes[outcome];
  return errorMessage === null ? what : `${what}: ${errorMessage}`;
}

function day(at: Date | null): string {
  return at === null ? 'an unknown day' : at.toISOString().replace(/\.\d+Z$/, 'Z');
}
