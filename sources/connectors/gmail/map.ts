/** Theirs to ours: Gmail's messages as entries. */

import type { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import type { Entry, ItemRef } from '../../../domain/source.ts';
import { type Attachment, attachmentsOf, headerOf, skipReason } from './attachments.ts';
import type { GmailConfig } from './config.ts';

/** What is read of a message that was listed. */
export interface Message {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
  readonly sentMs: number;
  readonly size: number | null;
  readonly payload: gmail_v1.Schema$MessagePart;
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

export function toMessage(data: gmail_v1.Schema$Message, id: string): Message {
  return {
    id,
    threadId: data.threadId ?? id,
    labelIds: data.labelIds ?? [],
    sentMs: Number(data.internalDate ?? 0),
    size: data.sizeEstimate ?? null,
    payload: data.payload ?? {},
  };
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
    // The Date header is the sender's word, and may be malformed [reference 4.3].
    modifiedAt: toTime(message.sentMs),
    // A message never changes, only its labels do.
    fingerprint: { kind: 'version', value: `labels ${lastingLabels(message).join(' ')}`.trim() },
    webUrl: `https://mail.google.com/mail/#all/${message.id}`,
    hints: { thread: message.threadId, labels: labels.join(', ') },
  };
}

/** Whoever imports mail can say any time: one outside of the years that are written with four digits is none. */
function toTime(ms: number): string | null {
  const isWritable = ms >= Date.UTC(0, 0) && ms < Date.UTC(10_000, 0);
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
    size: attachment.size,
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
