import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Content, ItemRef } from '../../../domain/source.ts';
import { unexpectedAnswer } from '../answers.ts';
import { tooLargeToRead } from '../too-large.ts';
import { attachmentBody, rawMessage, wholeMessage } from './answers.ts';
import { type Attachment, attachmentsOf } from './attachments.ts';
import type { GmailCall } from './client.ts';
import { readId } from './map.ts';

/** Fetches the original message, or the bytes of one attachment. */
export async function fetchContent(
  call: GmailCall,
  ref: ItemRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Content> {
  const { messageId, partId } = readId(ref.externalId);
  return partId === null
    ? { bytes: await fetchMessage(call, ref, maxBytes, signal), mimeType: 'message/rfc822' }
    : {
        bytes: await fetchAttachment({ call, maxBytes, signal, messageId }, partId, ref.fetchHints?.['attachment']),
        mimeType: ref.mimeType ?? 'application/octet-stream',
      };
}

/** Adds what only Gmail knows (thread, labels) as headers on top, named as in Google's own export. */
async function fetchMessage(call: GmailCall, ref: ItemRef, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const params = { userId: 'me', id: ref.externalId, format: 'raw', fields: 'raw' };
  const { raw } = await call(
    { method: 'users.messages.get', subject: 'item', cost: 'raw', answer: rawMessage },
    signal,
    (gmail) => gmail.users.messages.get(params, { signal, maxContentLength: answerLimit(maxBytes) }),
  );
  const mail = decode(raw, maxBytes);
  const { thread = '', labels = '' } = ref.fetchHints ?? {};
  return Buffer.concat([
    Buffer.from(`X-GM-THRID: ${encodeHeader(thread)}\r\nX-Gmail-Labels: ${encodeHeader(labels)}\r\n`),
    mail,
  ]);
}

interface Download {
  readonly call: GmailCall;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly messageId: string;
}

/** Uses the id from the listing. Such ids expire; if this one has, a new one is read from the message. */
async function fetchAttachment(download: Download, partId: string, listedId: string | undefined): Promise<Uint8Array> {
  if (listedId !== undefined) {
    try {
      return await getAttachment(download, listedId);
    } catch (error) {
      if (!isSyncError(error) || (error.kind !== 'not_found' && error.kind !== 'invalid_input')) throw error;
    }
  }
  const { attachmentId, data, size } = await findAttachment(download, partId);
  return attachmentId === null
    ? decode(data ?? '', download.maxBytes, size)
    : await getAttachment(download, attachmentId);
}

async function getAttachment({ call, maxBytes, signal, messageId }: Download, id: string): Promise<Uint8Array> {
  const { data, size } = await call(
    { method: 'users.messages.attachments.get', subject: 'item', cost: 'attachment', answer: attachmentBody },
    signal,
    (gmail) =>
      gmail.users.messages.attachments.get(
        { userId: 'me', messageId, id },
        { signal, maxContentLength: answerLimit(maxBytes) },
      ),
  );
  return decode(data ?? '', maxBytes, size);
}

async function findAttachment(download: Download, partId: string): Promise<Attachment> {
  const { call, maxBytes, signal, messageId } = download;
  const message = await call(
    { method: 'users.messages.get', subject: 'item', cost: 'full', answer: wholeMessage },
    signal,
    (gmail) =>
      gmail.users.messages.get(
        { userId: 'me', id: messageId, format: 'full', fields: 'payload' },
        { signal, maxContentLength: answerLimit(maxBytes) },
      ),
  );
  const found = attachmentsOf(message.payload).find((attachment) => attachment.partId === partId);
  if (found === undefined)
    throw new SyncError('not_found', { message: 'The attachment no longer exists.', scope: 'item' });
  return found;
}

/** The answer is JSON with the bytes in base64, which is a third longer, and a few other fields. */
function answerLimit(maxBytes: number): number {
  return Math.ceil(maxBytes / 3) * 4 + 64 * 1024;
}

/** @param size the size that the answer states, if any; fewer bytes mean a truncated body */
function decode(text: string, maxBytes: number, size?: number): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.byteLength > maxBytes) throw tooLargeToRead('message', maxBytes);
  if (size !== undefined && size !== bytes.byteLength)
    throw unexpectedAnswer({ vendor: 'Gmail', call: 'content' }, `${bytes.byteLength} bytes of ${size}`);
  return bytes;
}

/** Leaves the text plain if possible and otherwise encodes it as RFC 2047 encoded words, whose length is limited. */
function encodeHeader(value: string): string {
  if (/^[\x20-\x7e]*$/.test(value) && !value.includes('=?')) return value;
  const words: string[] = [];
  for (const character of value) {
    const last = words.at(-1);
    if (last === undefined || Buffer.byteLength(last + character) > 45) words.push(character);
    else words[words.length - 1] = last + character;
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}
