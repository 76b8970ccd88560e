/** Converts Gmail's messages to entries. */

import type { z } from 'zod';
import type { SyncError } from '../../../domain/errors.ts';
import type { Entry, ItemRef } from '../../../domain/source.ts';
import type { message, Part } from './answers.ts';
import { type Attachment, attachmentsOf, headerOf, skipReason } from './attachments.ts';
import type { GmailConfig } from './config.ts';

/** The fields that are read of a listed message. */
export interface Message {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  readonly sentMs: number;
  readonly size: number | null;
  readonly payload: Part;
}

/** Levels of parts that are requested without their contents; deeper levels come whole. */
const depth = 6;
const partFields = (levels: number): string =>
  `partId,mimeType,filename,headers,body(attachmentId,size),parts${levels === 0 ? '' : `(${partFields(levels - 1)})`}`;
const facts = 'id,threadId,labelIds,internalDate,sizeEstimate';

/** Enough to name a message. Finding its attachments needs the whole tree of parts, which costs three times as much. */
export const messageFields = {
  metadata: `${facts},payload(headers)`,
  full: `${facts},payload(${partFields(depth)})`,
} as const;

export function toMessage({
  id,
  threadId,
  labelIds,
  internalDate,
  sizeEstimate,
  payload,
}: z.output<typeof message>): Message {
  return {
    id,
    threadId: threadId || id,
    labelIds: labelIds ?? [],
    sentMs: /^-?\d+$/.test(internalDate ?? '') ? Number(internalDate) : Number.NaN,
    size: sizeEstimate ?? null,
    payload,
  };
}

/**
 * Makes a gap for a listed message that cannot be read. The message and its attachments are kept, and the next job
 * reads the message again.
 */
export function toGap(messageId: string, { code, message, retryAfterMs }: SyncError): Entry {
  const name = `Message ${messageId}`;
  return { state: 'gap', externalId: messageId, name, code, message, retryAfterMs: retryAfterMs ?? null };
}

/**
 * Makes an item for a message of which only the id is known: its original may be readable, and its own failure is
 * visible and retried. The fingerprint differs from any that a read message has.
 */
export function toUnreadItem(messageId: string): Entry {
  return {
    state: 'present',
    externalId: messageId,
    itemType: 'email',
    name: `Message ${messageId}`,
    parentExternalId: null,
    mimeType: 'message/rfc822',
    size: null,
    modifiedAt: null,
    fingerprint: { kind: 'version', value: 'unread' },
    webUrl: linkTo(messageId),
  };
}

/** Makes entries of a message and of each attachment, which belongs to the message. */
export function toEntries(message: Message, config: GmailConfig, labelNames: ReadonlyMap<string, string>): Entry[] {
  const mail = toItemRef(message, labelNames);
  const attachments = config.includeAttachments ? attachmentsOf(message.payload) : [];
  return [mail, ...attachments.map((attachment) => toAttachmentRef(mail, attachment))].map((ref) => ({
    state: 'present',
    ...ref,
  }));
}

function toItemRef(message: Message, labelNames: ReadonlyMap<string, string>): ItemRef {
  const labels = lastingLabels(message).map((id) => labelNames.get(id) ?? id);
  return {
    externalId: message.id,
    itemType: 'email',
    name: headerOf(message.payload, 'Subject') || '(no subject)',
    parentExternalId: null,
    mimeType: 'message/rfc822',
    size: message.size,
    // The sender sets the Date header, and it may be malformed (docs/vendors/gmail.md#messages).
    modifiedAt: toTime(message.sentMs),
    // A message never changes, only its labels do.
    fingerprint: { kind: 'version', value: `labels ${lastingLabels(message).join(' ')}`.trim() },
    webUrl: linkTo(message.id),
    fetchHints: { thread: message.threadId, labels: labels.join(', ') },
  };
}

function linkTo(messageId: string): string {
  return `https://mail.google.com/mail/#all/${messageId}`;
}

/** An imported message can carry any time; times outside of four-digit years are dropped. */
function toTime(ms: number): string | null {
  const isWritable = Number.isInteger(ms) && ms >= Date.UTC(0, 0) && ms < Date.UTC(10_000, 0);
  return isWritable ? new Date(ms).toISOString() : null;
}

function toAttachmentRef(mail: ItemRef, attachment: Attachment): ItemRef {
  const skip = skipReason(attachment);
  return {
    externalId: `${mail.externalId}/${attachment.partId}`,
    itemType: 'file',
    name: attachment.name,
    parentExternalId: mail.externalId,
    path: `${mail.name}/${attachment.name}`,
    mimeType: attachment.mimeType,
    size: attachment.size ?? null,
    modifiedAt: mail.modifiedAt,
    // Attachments never change either, even if the labels do.
    fingerprint: { kind: 'version', value: mail.externalId },
    webUrl: mail.webUrl,
    ...(attachment.attachmentId === null ? {} : { fetchHints: { attachment: attachment.attachmentId } }),
    ...(skip === null ? {} : { skip }),
  };
}

/** Splits an item's id into the ids of its message and its part. */
export function readId(externalId: string): { readonly messageId: string; readonly partId: string | null } {
  const [messageId = '', partId = null] = externalId.split('/');
  return { messageId, partId };
}

/** Ignores UNREAD, because reading a message does not justify a download. */
function lastingLabels({ labelIds }: Message): string[] {
  return labelIds.filter((id) => id !== 'UNREAD').toSorted();
}
