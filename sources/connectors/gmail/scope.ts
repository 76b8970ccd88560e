/** Which messages the source is about. */

import { callTimeoutMs } from './client.ts';
import type { GmailConfig } from './config.ts';
import type { GmailListing } from './listing.ts';
import type { Message } from './map.ts';

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
 * finds in the stretches of time around these messages, one call for most changes of a day.
 */
export async function findMatching(listing: GmailListing, messages: readonly Message[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { from, to } of windowsAround(messages)) {
    // In seconds, and a little wider than needed: whether the ends count is nowhere written.
    const q = `${searchFor(listing.config).q ?? ''} after:${Math.floor(from / 1000) - 1} before:${Math.floor(to / 1000) + 2}`;
    for (const id of await listAllIds(listing, q.trim())) found.add(id);
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

async function listAllIds({ call, config, signal }: GmailListing, q: string): Promise<string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  do {
    const token = pageToken;
    const data = await call(
      'account',
      'list',
      signal,
      async (gmail) =>
        await gmail.users.messages.list(
          {
            userId: 'me',
            q,
            includeSpamTrash: searchFor(config).includeSpamTrash,
            maxResults: idsPerPage,
            ...(token === undefined ? {} : { pageToken: token }),
            fields: 'messages(id),nextPageToken',
          },
          { signal, timeout: callTimeoutMs },
        ),
    );
    ids.push(...(data.messages ?? []).flatMap((message) => message.id ?? []));
    pageToken = data.nextPageToken ?? undefined;
  } while (pageToken !== undefined);
  return ids;
}
