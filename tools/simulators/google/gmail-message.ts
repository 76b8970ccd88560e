/** Returns one message in the API's four formats (docs/vendors/gmail.md#messages). */

import { randomBytes } from 'node:crypto';
import type { SimResponse } from '../kit/server.ts';
import { entityNotFound, type GmailContext, invalidArgument } from './gmail.ts';
import type { SimMessage } from './mailbox.ts';
import { type MimePart, partHeaders } from './mime.ts';

/** A text of this size has its own id, like an attachment. */
const largestText = 1_000_000;

export function toWire(context: GmailContext, message: SimMessage, format: string): Record<string, unknown> {
  const raw = context.mailbox.rawOf(message);
  const common = {
    id: message.id,
    threadId: message.threadId,
    labelIds: [...message.labels],
    snippet: snippetOf(message.root).slice(0, 100),
    historyId: String(message.historyId),
    internalDate: String(message.internalMs),
    sizeEstimate: raw.length,
  };
  if (format === 'minimal') return common;
  if (format === 'raw') return { ...common, raw: toBase64(raw) };
  if (format === 'metadata')
    return { ...common, payload: { mimeType: message.root.mimeType, headers: pick(context, message) } };
  return { ...common, payload: { ...toPart(context, message, message.root, ''), headers: allHeaders(message) } };
}

/** Attachment ids are valid for their message until they age. */
export function getAttachment(context: GmailContext, messageId: string, attachmentId: string): SimResponse {
  const { mailbox } = context;
  const message = mailbox.messages.get(messageId);
  if (message === undefined) return entityNotFound();
  const id = readAttachmentId(attachmentId);
  if (id === null || id.messageId !== messageId || id.age !== mailbox.attachmentAge)
    return invalidArgument('Invalid attachment token');
  const content = partAt(message.root, id.partId)?.content;
  if (content === undefined) return entityNotFound();
  return { status: 200, body: { size: content.length, data: toBase64(content) } };
}

function toPart(context: GmailContext, message: SimMessage, part: MimePart, partId: string): Record<string, unknown> {
  const children = (part.parts ?? []).map((child, i) =>
    toPart(context, message, child, partId === '' ? String(i) : `${partId}.${i}`),
  );
  return {
    partId,
    mimeType: part.mimeType,
    filename: part.filename ?? '',
    headers: partHeaders(part),
    body: toBody(context, message, part, partId),
    ...(children.length === 0 ? {} : { parts: children }),
  };
}

function toBody({ mailbox, switches }: GmailContext, message: SimMessage, part: MimePart, partId: string) {
  const size = part.content?.length ?? 0;
  if (part.content === undefined || size === 0) return { size: 0 };
  const isText = part.mimeType.startsWith('text/') && part.filename === undefined && part.disposition !== 'attachment';
  if (size <= (isText ? largestText : switches.inlineBytes)) return { size, data: toBase64(part.content) };
  // The id differs in every answer (docs/vendors/gmail.md#messages).
  const id = {
    messageId: message.id,
    partId,
    age: mailbox.attachmentAge,
    nonce: randomBytes(48).toString('base64url'),
  };
  return { attachmentId: `ANGjdJ${Buffer.from(JSON.stringify(id)).toString('base64url')}`, size };
}

function readAttachmentId(text: string) {
  try {
    return JSON.parse(Buffer.from(text.replace(/^ANGjdJ/, ''), 'base64url').toString()) as {
      readonly messageId: string;
      readonly partId: string;
      readonly age: number;
    };
  } catch {
    return null;
  }
}

function partAt(root: MimePart, partId: string): MimePart | undefined {
  if (partId === '') return root;
  return partId.split('.').reduce<MimePart | undefined>((part, index) => part?.parts?.[Number(index)], root);
}

function allHeaders(message: SimMessage) {
  return [...message.headers, { name: 'MIME-Version', value: '1.0' }, ...partHeaders(message.root)];
}

function pick({ params }: GmailContext, message: SimMessage) {
  const wanted = params.getAll('metadataHeaders').map((name) => name.toLowerCase());
  return allHeaders(message).filter(({ name }) => wanted.length === 0 || wanted.includes(name.toLowerCase()));
}

function snippetOf(part: MimePart): string {
  if (part.mimeType === 'text/plain') return (part.content ?? '').toString().replace(/\s+/g, ' ');
  return (part.parts ?? []).map(snippetOf).find((text) => text !== '') ?? '';
}

/** URL-safe, with padding. */
function toBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
