/** Decides which messages are in the source's scope. */

import { isEndless, noPages, rememberPage } from '../page-memory.ts';
import type { GmailConfig } from './config.ts';
import type { Message } from './map.ts';
import { type GmailListing, type IdPage, listIds } from './requests.ts';

/** Changed messages further apart in time than this are searched separately. */
const windowGapMs = 3_600_000;
/** Nobody sent mail before, and Gmail may not understand a search for the very first seconds. */
const firstSearchableMs = 86_400_000;
const idsPerPage = 500;

/** Builds the search for the config, except for its labels. */
export function searchFor(config: GmailConfig): { readonly q?: string; readonly includeSpamTrash: boolean } {
  const includeSpamTrash = config.includeSpam || config.includeTrash;
  const terms = [
    ...(config.query === undefined ? [] : [`(${config.query})`]),
    // In seconds, and a little earlier than needed, because it is not documented whether the limit is inclusive. The
    // engine compares exactly.
    ...(config.since === undefined ? [] : [`after:${Date.parse(config.since) / 1000 - 1}`]),
    ...(config.includeDrafts ? [] : ['-in:drafts']),
    ...(config.includeChats ? [] : ['-in:chats']),
    ...(includeSpamTrash && !config.includeSpam ? ['-in:spam'] : []),
    ...(includeSpamTrash && !config.includeTrash ? ['-in:trash'] : []),
  ];
  return { ...(terms.length === 0 ? {} : { q: terms.join(' ') }), includeSpamTrash };
}

/** Decides by labels only. @param labels the ids of the labels the source is limited to; null: all mail */
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
 * Returns those messages that match the configured search. Only Gmail understands its language, so Gmail searches the
 * time ranges around these messages; one call covers most changes of a day. A message without a time that can be
 * searched for is kept, and so are those in a time range for which Gmail gives no usable answer: unknown does not mean
 * out of scope.
 */
export async function findMatching(listing: GmailListing, messages: readonly Message[]): Promise<ReadonlySet<string>> {
  const dated = messages.filter(isSearchable);
  const found = new Set(messages.filter((message) => !isSearchable(message)).map(({ id }) => id));
  for (const { from, to } of windowsAround(dated)) {
    // In seconds, and a little wider than needed, because it is not documented whether the limits are inclusive.
    const q = `${searchFor(listing.config).q ?? ''} after:${Math.floor(from / 1000) - 1} before:${Math.floor(to / 1000) + 2}`;
    const within = dated.filter(({ sentMs }) => sentMs >= from && sentMs <= to).map(({ id }) => id);
    for (const id of (await listAllIds(listing, q.trim())) ?? within) found.add(id);
  }
  return found;
}

/** An imported message can carry any time. */
function isSearchable({ sentMs }: Message): boolean {
  return sentMs >= firstSearchableMs && sentMs < Date.UTC(10_000, 0);
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

/** Null if some of the ids that Gmail found could not be read. */
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
