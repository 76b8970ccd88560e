/** Which messages the source is about. */

import { isEndless, noPages, rememberPage } from '../page-memory.ts';
import type { GmailConfig } from './config.ts';
import type { Message } from './map.ts';
import { type GmailListing, type IdPage, listIds } from './requests.ts';

/** Messages of a change further apart than this are asked about by themselves. */
const windowGapMs = 3_600_000;
const idsPerPage = 500;

/** The search that finds what the config asks for, but for its labels. */
export function searchFor(config: GmailConfig): { readonly q?: string; readonly includeSpamTrash: boolean } {
  const includeSpamTrash = config.includeSpam || config.includeTrash;
  const terms = [
    ...(config.query === undefined ? [] : [`(${config.query})`]),
    ...(config.includeDrafts ? [] : ['-in:drafts']),
    ...(config.includeChats ? [] : ['-in:chats']),
    ...(includeSpamTrash && !config.includeSpam ? ['-in:spam'] : []),
    ...(includeSpamTrash && !config.includeTrash ? ['-in:trash'] : []),
  ];
  return { ...(terms.length === 0 ? {} : { q: terms.join(' ') }), includeSpamTrash };
}

/** By its labels alone. @param labels the ids of the labels the source is limited to; null: all mail */
export function hasRightLabels(
  labelIds: readonly string[],
  config: GmailConfig,
  labels: readonly string[] | null,
): boolean {
  const out = [
    ...(config.includeDrafts ? [] : ['DRAFT']),
    ...(config.includeChats ? [] : ['CHAT']),
    ...(config.includeSpam ? [] : ['SPAM']),
    ...(config.includeTrash ? [] : ['TRASH']),
  ];
  return !out.some((id) => labelIds.includes(id)) && (labels === null || labels.some((id) => labelIds.includes(id)));
}

/**
 * Those of the messages that the configured search finds. Its language is Gmail's alone, so Gmail is asked: for what it
 * finds in the stretches of time around these messages, one call for most changes of a day. A message without a time, and those
 * of a stretch that Gmail does not answer as it should, are kept: what cannot be told is not out of scope.
 */
export async function findMatching(listing: GmailListing, messages: readonly Message[]): Promise<ReadonlySet<string>> {
  const dated = messages.filter(({ sentMs }) => Number.isFinite(sentMs));
  const found = new Set(messages.filter(({ sentMs }) => !Number.isFinite(sentMs)).map(({ id }) => id));
  for (const { from, to } of windowsAround(dated)) {
    // In seconds, and a little wider than needed: whether the ends count is nowhere written.
    const q = `${searchFor(listing.config).q ?? ''} after:${Math.floor(from / 1000) - 1} before:${Math.floor(to / 1000) + 2}`;
    const within = dated.filter(({ sentMs }) => sentMs >= from && sentMs <= to).map(({ id }) => id);
    for (const id of (await listAllIds(listing, q.trim())) ?? within) found.add(id);
  }
  return found;
}

function windowsAround(messages: readonly Message[]): { readonly from: number; readonly to: number }[] {
  const windows: { from: number; to: number }[] = [];
  for (const { sentMs } of messages.toSorted((a, b) => a.sentMs - b.sentMs)) {
    const last = windows.at(-1);
    if (last !== undefined && sentMs - last.to <= windowGapMs) last.to = sentMs;
    else windows.push({ from: sentMs, to: sentMs });
  }
  return windows;
}

/** Null where not all that Gmail found can be told. */
async function listAllIds(listing: GmailListing, q: string): Promise<string[] | null> {
  const { includeSpamTrash } = searchFor(listing.config);
  const ids: string[] = [];
  let memory = noPages;
  for (let pageToken: string | null = null; ;) {
    const page: IdPage = await listIds(listing, {
      q,
      includeSpamTrash,
      maxResults: idsPerPage,
      ...(pageToken === null ? {} : { pageToken }),
    });
    if (page.unread > 0 || page.isDoubtful) return null;
    ids.push(...page.ids);
    if (page.nextPageToken === null) return ids;
    memory = rememberPage(memory, page.ids);
    if (page.nextPageToken === pageToken || isEndless(memory)) return null;
    pageToken = page.nextPageToken;
  }
}
