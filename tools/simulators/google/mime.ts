/** Composes messages to RFC 5322 for `raw`, and splits them for `payload` (docs/vendors/gmail.md#messages). */

import { createHash } from 'node:crypto';

export interface MailHeader {
  readonly name: string;
  readonly value: string;
}

/** A leaf has content, a multipart has parts; an attached message has both. */
export interface MimePart {
  readonly mimeType: string;
  readonly filename?: string;
  readonly disposition?: 'attachment' | 'inline';
  readonly contentId?: string;
  readonly content?: Buffer;
  readonly parts?: readonly MimePart[];
}

export interface NewAttachment {
  readonly name: string;
  readonly content: string | Buffer;
  readonly mimeType?: string;
  /** An inline picture: it has a Content-ID and does not count as an attachment. */
  readonly inline?: boolean;
}

export interface NewMail {
  readonly from?: string;
  readonly to?: string;
  readonly cc?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments?: readonly NewAttachment[];
  readonly headers?: readonly MailHeader[];
  /** Replaces text, html and attachments with these parts. */
  readonly root?: MimePart;
}

export function textPart(mimeType: string, text: string): MimePart {
  return { mimeType, content: Buffer.from(text) };
}

/** Builds the usual structure: alternative texts inside, attachments around them. */
export function toParts(mail: NewMail): MimePart {
  if (mail.root !== undefined) return mail.root;
  const texts = [
    ...(mail.text === undefined ? [] : [textPart('text/plain', mail.text)]),
    ...(mail.html === undefined ? [] : [textPart('text/html', mail.html)]),
  ];
  const [only = textPart('text/plain', ''), ...more] = texts;
  const body: MimePart = more.length === 0 ? only : { mimeType: 'multipart/alternative', parts: texts };
  const attachments = (mail.attachments ?? []).map(toAttachmentPart);
  return attachments.length === 0 ? body : { mimeType: 'multipart/mixed', parts: [body, ...attachments] };
}

function toAttachmentPart({ name, content, mimeType, inline }: NewAttachment, index: number): MimePart {
  return {
    mimeType: mimeType ?? 'application/octet-stream',
    filename: name,
    disposition: inline === true ? 'inline' : 'attachment',
    ...(inline === true ? { contentId: `<picture${index}@example.com>` } : {}),
    content: Buffer.from(content),
  };
}

/** Builds a complete message as it is transmitted. */
export function composeMail(headers: readonly MailHeader[], root: MimePart): Buffer {
  const lines = [...headers, { name: 'MIME-Version', value: '1.0' }].map(
    ({ name, value }) => `${name}: ${encodeWords(value)}\r\n`,
  );
  return Buffer.from(`${lines.join('')}${renderPart(root, 'r')}`, 'latin1');
}

/** Returns a part's headers as in the API: decoded. */
export function partHeaders(part: MimePart): MailHeader[] {
  const type = part.mimeType.startsWith('text/') ? `${part.mimeType}; charset="UTF-8"` : part.mimeType;
  const named = part.filename === undefined ? type : `${type}; name="${part.filename}"`;
  const disposition =
    part.filename === undefined ? part.disposition : `${part.disposition ?? 'attachment'}; filename="${part.filename}"`;
  return [
    { name: 'Content-Type', value: named },
    ...(disposition === undefined ? [] : [{ name: 'Content-Disposition', value: disposition }]),
    ...(part.contentId === undefined ? [] : [{ name: 'Content-ID', value: part.contentId }]),
  ];
}

function renderPart(part: MimePart, path: string): string {
  if (part.content === undefined && part.parts !== undefined) {
    const boundary = createHash('md5').update(path).digest('hex');
    const inner = part.parts.map((child, i) => `--${boundary}\r\n${renderPart(child, `${path}.${i}`)}\r\n`);
    return `Content-Type: ${part.mimeType}; boundary="${boundary}"\r\n\r\n${inner.join('')}--${boundary}--\r\n`;
  }
  const headers = partHeaders(part).map(({ name, value }) => `${name}: ${encodeParameters(value)}\r\n`);
  const content = part.content ?? Buffer.alloc(0);
  // RFC 2046 forbids a transfer encoding for an attached message.
  if (part.mimeType === 'message/rfc822') return `${headers.join('')}\r\n${content.toString('latin1')}`;
  const body = content.toString('base64').replace(/(.{76})/g, '$1\r\n');
  return `${headers.join('')}Content-Transfer-Encoding: base64\r\n\r\n${body}\r\n`;
}

/** Encodes text by RFC 2047 if it is not plain ASCII, or would lose spaces at its ends. */
function encodeWords(value: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) || value === '') return value;
  const words: string[] = [];
  for (const character of value) {
    const last = words.at(-1);
    if (last === undefined || Buffer.byteLength(last + character) > 42) words.push(character);
    else words[words.length - 1] = last + character;
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}

/** Encodes file names as encoded words, as mail programs do although RFC 2231 defines a better form. */
function encodeParameters(value: string): string {
  return value.replace(/"([^"]*[^\x20-\x7e"][^"]*)"/g, (_all, name: string) => `"${encodeWords(name)}"`);
}
