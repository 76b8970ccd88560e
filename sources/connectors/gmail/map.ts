/** Theirs to ours: Gmail's messages as entries. */

import type { z } from 'zod';
import type { SyncError } from '../../../domain/errors.ts';
import type { Entry, ItemRef } from '../../../domain/source.ts';
import type { message, Part } from './answers.ts';
import { type Attachment, attachmentsOf, headerOf, skipReason } from './attachments.ts';
import type { GmailConfig } from './config.ts';

/** What is read of a message that was listed. */
export interface Message {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  readonly sentMs: number;
  readonly size: number | null;
  readonly payload: Part;
}

/** Levels of parts that are asked for without their contents; what is deeper comes whole. */
const depth = 6;
const partFields = (levels: number): string =>
  `partId,mimeType,filename,headers,body(attachmentId,size),parts${levels === 0 ? '' : `(${partFields(levels - 1)})`}`;
const facts = 'id,threadId,labelIds,internalDate,sizeEstimate';

/** Enough to name a message; only the whole tree of parts shows what hangs on it, and costs three times as much. */
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
    sentMs: Number(internalDate ?? Number.NaN),
    size: toSize(sizeEstimate),
    payload,
  };
}

function toSize(size: number | undefined): number | null {
  return size !== undefined && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

/**
 * A message that is listed and cannot be read. It is a gap of its own: what is known of it and hangs on it stays, and the next
 * job reads it again.
 */
export function toGap(messageId: string, { code, message, retryAfterMs }: SyncError): Entry {
  const name = `Message ${messageId}`;
  return { state: 'gap', externalId: messageId, name, code, message, retryAfterMs: retryAfterMs ?? null };
}

/** A message, and each attachment as an item that belongs to it. */
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
    // The Date header is the sender's word, and may be malformed (docs/vendors/gmail.md, "Messages").
    modifiedAt: toTime(message.sentMs),
    // A message never changes, only its labels do.
    fingerprint: { kind: 'version', value: `labels ${lastingLabels(message).join(' ')}`.trim() },
    webUrl: `https://mail.google.com/mail/#all/${message.id}`,
    hints: { thread: message.threadId, labels: labels.join(', ') },
  };
}

/** Whoever imports mail can say any time: one outside of the years that are written with four digits is none. */
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
    size: toSize(attachment.size),
    modifiedAt: mail.modifiedAt,
    // Neither does what hangs on it, whatever happens to the labels.
    fingerprint: { kind: 'version', value: mail.externalId },
    webUrl: mail.webUrl,
    ...(attachment.attachmentId === null ? {} : { hints: { attachment: attachment.attachmentId } }),
    ...(skip === null ? {} : { skip }),
  };
}

/** Which message an item is or hangs on. */
export function readId(externalId: string): { readonly messageId: string; readonly partId: string | null } {
  const [messageId = '', partId = null] = externalId.split('/');
  return { messageId, partId };
}

/** Reading a mail takes the label UNREAD off it: worth no download. */
function lastingLabels({ labelIds }: Message): string[] {
  return labelIds.filter((id) => id !== 'UNREAD').toSorted();
}
