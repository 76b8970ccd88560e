/** Makes Gmail's calls for listing and lookup, one function each. */

import type { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import type { z } from 'zod';
import { callTimeoutMs } from '../google/call.ts';
import type { AskedAccount } from '../part-limits.ts';
import {
  historyList,
  message,
  messageId,
  messageList,
  messageListFields,
  profile,
  profilePosition,
} from './answers.ts';
import type { GmailCall } from './client.ts';
import type { GmailConfig } from './config.ts';
import { type Message, messageFields, toMessage } from './map.ts';

export interface GmailListing {
  readonly call: GmailCall;
  readonly config: GmailConfig;
  readonly signal: AbortSignal;
  /** See `ConnectorContext`. */
  readonly isRefusedRepeatedly?: boolean | undefined;
}

type ListingCall = Pick<GmailListing, 'call' | 'signal'>;

/** Returns the address of the mailbox. */
export async function getAddress({ call, signal }: ListingCall): Promise<string> {
  const ask = { method: 'users.getProfile', subject: 'account', cost: 'profile', answer: profile } as const;
  const params = { userId: 'me', fields: 'emailAddress' };
  const options = { signal, timeout: callTimeoutMs };
  return (await call(ask, signal, (gmail) => gmail.users.getProfile(params, options))).emailAddress;
}

/** Returns the current position of the history: one cheap call that also shows that the mailbox can be read. */
export async function getPosition({ call, signal }: ListingCall): Promise<string> {
  const ask = { method: 'users.getProfile', subject: 'account', cost: 'profile', answer: profilePosition } as const;
  const params = { userId: 'me', fields: 'historyId' };
  const options = { signal, timeout: callTimeoutMs };
  return (await call(ask, signal, (gmail) => gmail.users.getProfile(params, options))).historyId;
}

export function accountOf(listing: GmailListing): AskedAccount {
  return { askAccount: () => getPosition(listing), isRefusedRepeatedly: listing.isRefusedRepeatedly };
}

/** One page of ids, and the number of those that could not be read. */
export interface IdPage {
  readonly ids: readonly string[];
  readonly unread: number;
  readonly nextPageToken: string | null;
  /** Set if Gmail returned none but estimates that there are some. */
  readonly isDoubtful: boolean;
}

export async function listIds(
  { call, signal }: ListingCall,
  params: Omit<gmail_v1.Params$Resource$Users$Messages$List, 'userId' | 'fields'>,
): Promise<IdPage> {
  const subject = params.pageToken === undefined ? 'account' : 'account position';
  const ask = { method: 'users.messages.list', subject, cost: 'list', answer: messageList } as const;
  const all = { userId: 'me', fields: messageListFields, ...params };
  const page = await call(ask, signal, (gmail) => gmail.users.messages.list(all, { signal, timeout: callTimeoutMs }));
  const messages = page.messages ?? [];
  const ids = messages.flatMap((each) => messageId.safeParse(each).data?.id ?? []);
  return {
    ids,
    unread: messages.length - ids.length,
    nextPageToken: page.nextPageToken ?? null,
    isDoubtful: page.messages == null && page.nextPageToken == null && (page.resultSizeEstimate ?? 0) > 0,
  };
}

/**
 * Lists one page of the history. `startHistoryId` stays the same from page to page: docs/vendors/gmail.md#history.
 */
export async function listHistory(
  { call, signal }: ListingCall,
  params: { readonly startHistoryId: string; readonly maxResults: number; readonly pageToken?: string },
): Promise<z.output<typeof historyList>> {
  const ask = {
    method: 'users.history.list',
    subject: 'account position',
    cost: 'history',
    answer: historyList,
  } as const;
  const historyTypes = ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'];
  return await call(ask, signal, (gmail) =>
    gmail.users.history.list({ userId: 'me', historyTypes, ...params }, { signal, timeout: callTimeoutMs }),
  );
}

/** @throws SyncError `not_found` and any other error of the call */
export async function getMessage({ call, config, signal }: GmailListing, id: string): Promise<Message> {
  const format = config.includeAttachments ? 'full' : 'metadata';
  const answer = message.refine((found) => found.id === id);
  const params = {
    userId: 'me',
    id,
    format,
    ...(format === 'metadata' ? { metadataHeaders: ['Subject'] } : {}),
    fields: messageFields[format],
  };
  return toMessage(
    await call({ method: 'users.messages.get', subject: 'item', cost: format, answer }, signal, (gmail) =>
      gmail.users.messages.get(params, { signal, timeout: callTimeoutMs }),
    ),
  );
}
