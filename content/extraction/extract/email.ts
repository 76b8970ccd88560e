import PostalMime, { type Address, type Attachment, decodeWords, type Email } from 'postal-mime';
import { decodeAs, decodeText, isUtf7, isValid, wideEncodingOf } from '../decode.ts';
import { extractCalendar } from './calendar.ts';
import { markQuotedReplies } from './quoted-replies.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';
import { lowerHeadings } from './lower-headings.ts';
import { mailHead } from './mail-head.ts';
import { type AttachedFile, readAttachments } from './attachments.ts';
import { signedContent } from './signed-data.ts';
import { openTnef } from './tnef.ts';

/** A plain text this short may only say that the mail must be viewed as HTML. */
const stubLength = 500;
/** Maximum length of a header fact; a mail to very many people need not name all of them. */
const maxFact = 1000;
/** Maximum depth of mails attached to mails. */
const maxMailDepth = 5;
const maxReport = 20_000;
const maxMails = 2000;

const options = { forceRfc822Attachments: true, attachmentEncoding: 'arraybuffer' } as const;

/**
 * Reads a saved mail: sender, recipients and subject, then the best body part, and attached mails and invitations.
 * Other attachments are listed, and read if the mail is a file of its own: a mail of a mailbox has them as items.
 */
export async function extractEmail(bytes: Uint8Array, name: string): Promise<ExtractedText> {
  const { text: mail, files } = await readMail(withoutLength(bytes), 0);
  if (!/\.(eml|emlx)$/i.test(name)) return mail;
  const { texts, metadata } = await readAttachments(files);
  return { ...mail, text: [mail.text, ...texts].join('\n\n'), metadata: { ...mail.metadata, ...metadata } };
}

/** Reads a mail that is attached to another file, without its own attachments. */
export async function extractAttachedEmail(bytes: Uint8Array): Promise<ExtractedText> {
  return (await readMail(withoutLength(bytes), 1)).text;
}

/** Apple Mail writes the mail's length above it. */
function withoutLength(bytes: Uint8Array): Uint8Array {
  const length = /^(\d{1,10})\s*\n/.exec(new TextDecoder('latin1').decode(bytes.subarray(0, 20)));
  if (length === null) return bytes;
  return bytes.subarray(length[0].length, length[0].length + Number(length[1]));
}

/** Reads a web page that a browser saved as one file. */
export async function extractMhtml(bytes: Uint8Array): Promise<ExtractedText> {
  const { html, text, subject } = await parse(bytes);
  const page = html === undefined ? { text: text ?? '' } : extractHtml(html);
  return { ...page, ...(subject ? { title: subject } : {}) };
}

/** Reads a mailbox: one mail after another, each below its subject. */
export async function extractMailbox(bytes: Uint8Array): Promise<ExtractedText> {
  const source = new TextDecoder('latin1').decode(bytes);
  const starts = [...source.matchAll(/(?:^|\n\r?\n)From [^\r\n]{1,300}\r?\n/g)];
  const texts: string[] = [];
  for (const [i, start] of starts.slice(0, maxMails).entries()) {
    const from = start.index + start[0].length;
    const { text: mail } = await readMail(bytes.subarray(from, starts[i + 1]?.index ?? bytes.byteLength), 0);
    texts.push(`# ${mail.title ?? `Mail ${i + 1}`}\n\n${mail.text}`);
  }
  return {
    text: texts.join('\n\n'),
    metadata: { mails: texts.length, ...(texts.length < starts.length ? { truncated: true } : {}) },
  };
}

/**
 * An 8-bit mail without a declared encoding is decoded by the encoding that its bytes suggest; the parser would take
 * every such mail for UTF-8. A mail saved as UTF-16 is decoded as a whole.
 */
function withEncoding(bytes: Uint8Array): Uint8Array {
  if (wideEncodingOf(bytes) !== null) {
    const text = decodeText(bytes).replaceAll(/charset\s*=\s*"?utf-16(le|be)?"?/gi, 'charset=utf-8');
    return new TextEncoder().encode(text);
  }
  if (isValid('utf-8', bytes) || /charset\s*=/i.test(new TextDecoder('latin1').decode(bytes))) return bytes;
  return new TextEncoder().encode(decodeText(bytes));
}

/** What a mail says, and the files attached to it and to mails within it. */
interface ReadMail {
  readonly text: ExtractedText;
  readonly files: readonly AttachedFile[];
}

async function readMail(raw: Uint8Array, depth: number): Promise<ReadMail> {
  const bytes = withEncoding(raw);
  const mail = await parse(bytes);
  const { parts: opened, files } = await openAttachments(mail, depth);
  const attachments = mail.attachments.flatMap((attachment) => attachment.filename ?? []);
  const head = mailHead({
    From: toNames(mail.from === undefined ? [] : [mail.from]),
    To: toNames(mail.to),
    Cc: toNames(mail.cc),
    Date: mail.date ?? '',
    Subject: mail.subject ?? '',
    Attachments: attachments.join(', '),
  });
  const body = bestBody(mail) || (opened.length === 0 ? sealed(mail) || rawBody(bytes, mail) : '');
  // Quoted text above an attachment ends at its heading. If there is no body, the first one is the mail itself.
  const attached = opened.map((part, i) =>
    (i === 0 && body === '') || part.startsWith('## ') ? part : asSection(part),
  );
  const text =
    [head, markQuotedReplies(body), ...attached].filter((part) => part !== '').join('\n\n') ||
    withoutHeaders(bytes, mail);
  const metadata = { attachments: mail.attachments.length, ...factsOf(mail) };
  return { text: { text, ...(mail.subject ? { title: mail.subject } : {}), metadata }, files };
}

async function parse(bytes: Uint8Array): Promise<Email> {
  try {
    const mail = await PostalMime.parse(bytes, options);
    return withUtf7(await withTrueEncoding(mail, bytes), bytes);
  } catch {
    // If the parts are nested too deeply, the headers and the raw text are used.
    const end = headerEnd(bytes);
    return await PostalMime.parse(bytes.subarray(0, Math.max(0, end)), options);
  }
}

/**
 * Programs declare an encoding that the bytes are not in. Windows-1252 has a character for each byte, so a mail decoded
 * with it gives the bytes back. If parts declare different encodings, some may be right, and nothing is changed.
 */
async function withTrueEncoding(mail: Email, bytes: Uint8Array): Promise<Email> {
  const { text, html } = mail;
  if (text?.includes(replacement) !== true && html?.includes(replacement) !== true) return mail;
  const declared = new Set<string>();
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replaceAll(/^content-type:.{0,1000}(?:\r?\n[ \t].{0,1000}){0,30}/gim, (header) =>
      header.replace(/(charset\s*=\s*"?)([\w.:-]{1,40})/i, (_all, before: string, name: string) => {
        declared.add(name.toLowerCase());
        return `${before}windows-1252`;
      }),
    );
  if (declared.size > 1) return mail;
  const plain = await PostalMime.parse(Buffer.from(source, 'latin1'), options);
  const mended = (shown: string | undefined, as: string | undefined): string | undefined =>
    shown?.includes(replacement) === true && as !== undefined ? decodeText(bytesOfWindows1252(as)) : shown;
  const [mendedText, mendedHtml] = [mended(text, plain.text), mended(html, plain.html)];
  return {
    ...mail,
    ...(mendedText === undefined ? {} : { text: mendedText }),
    ...(mendedHtml === undefined ? {} : { html: mendedHtml }),
  };
}

/** Stands for bytes that are no character in the encoding. */
const replacement = '\uFFFD';

function bytesOfWindows1252(text: string): Uint8Array {
  const all = new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const byteOf = new Map(Array.from(all, (character, byte) => [character, byte]));
  return Uint8Array.from(text, (character) => byteOf.get(character) ?? 0x3f);
}

/** The parser knows the encodings of browsers, which refuse UTF-7, and leaves its text as it is. */
function withUtf7(mail: Email, bytes: Uint8Array): Email {
  if (!/utf-7/i.test(new TextDecoder('latin1').decode(bytes))) return mail;
  const decoded = (text: string): string => (isUtf7(text) ? decodeAs('utf-7', Buffer.from(text)) : text);
  const { subject, text, html } = mail;
  return {
    ...mail,
    ...(subject === undefined ? {} : { subject: decoded(subject) }),
    ...(text === undefined ? {} : { text: decoded(text) }),
    ...(html === undefined ? {} : { html: decoded(html) }),
  };
}

/** Returns the plain text, unless it is empty or only refers to the HTML. */
function bestBody({ text, html }: Email): string {
  const plain = text?.trim() ?? '';
  if (html === undefined || plain.length >= stubLength) return plain;
  const rich = extractHtml(html).text.trim();
  return plain === '' || rich.length > 4 * plain.length + stubLength || isNotice(plain, rich) ? rich : plain;
}

/** A plain part that shares few words with the page is a notice that the mail must be viewed as HTML. */
function isNotice(plain: string, rich: string): boolean {
  if (rich === '') return false;
  const words = plain.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const shown = rich.toLowerCase();
  return words.filter((word) => shown.includes(word)).length < words.length / 3;
}

/**
 * Reads attachments that are part of the message: forwarded mails, delivery reports, invitations, signed messages, and
 * Outlook's own format.
 * @returns their texts, and the files that are attached to the mail and to those within it
 */
async function openAttachments(
  { attachments }: Email,
  depth: number,
): Promise<{ parts: string[]; files: AttachedFile[] }> {
  const parts: string[] = [];
  const files: AttachedFile[] = [];
  const addMail = async (bytes: Uint8Array, toPart: (text: string) => string): Promise<void> => {
    const inner = await readAttached(bytes, depth + 1);
    parts.push(toPart(inner.text.text));
    files.push(...inner.files);
  };
  for (const attachment of attachments) {
    const type = attachment.mimeType.toLowerCase();
    const signed = type.endsWith('pkcs7-mime') ? signedContent(bytesOf(attachment)) : null;
    if (type === 'message/rfc822') await addMail(bytesOf(attachment), (text) => asSection(text, 'Attached message'));
    else if (signed !== null) await addMail(signed, (text) => text);
    else if (isTnef(attachment)) {
      const opened = openTnef(bytesOf(attachment));
      parts.push(opened.text);
      files.push(...opened.files);
    } else {
      parts.push(partOf(attachment, type));
      files.push({ name: attachment.filename ?? '', mimeType: attachment.mimeType, read: () => bytesOf(attachment) });
    }
  }
  return { parts: [...new Set(parts)].filter((part) => part.trim() !== ''), files };
}

/** Returns a report or an invitation, or '' for a file of its own. */
function partOf(attachment: Attachment, type: string): string {
  if (/^(text\/rfc822-headers|message\/(delivery-status|disposition-notification))$/.test(type))
    return asSection(decodeText(bytesOf(attachment)).slice(0, maxReport).trim(), 'Report');
  const isInvitation = type === 'text/calendar' || type === 'application/ics';
  return isInvitation ? extractCalendar(decodeText(bytesOf(attachment))).text : '';
}

function asSection(text: string, title = 'Attachment'): string {
  return `## ${title}\n\n${lowerHeadings(text)}`;
}

function isTnef({ mimeType, filename }: Attachment): boolean {
  return mimeType.toLowerCase() === 'application/ms-tnef' || /^winmail\.dat$/i.test(filename ?? '');
}

/** A deeply nested mail is added as raw text: its words can be found, and reading it takes linear time. */
async function readAttached(bytes: Uint8Array, depth: number): Promise<ReadMail> {
  return depth > maxMailDepth ? { text: { text: decodeText(bytes).trim() }, files: [] } : await readMail(bytes, depth);
}

/**
 * An encrypted mail that only its recipient can open. The note tells people who search for its text why it is missing.
 */
function sealed({ attachments, headers }: Email): string {
  const types = [...attachments.map(({ mimeType }) => mimeType), headerOf(headers, 'content-type')]
    .join(' ')
    .toLowerCase();
  if (/pkcs7-mime/.test(types)) return 'The text of this mail is encrypted or sealed (S/MIME) and cannot be read.';
  return /multipart\/encrypted|pgp-encrypted/.test(types)
    ? 'The text of this mail is encrypted (OpenPGP) and cannot be read.'
    : '';
}

/** A mail whose parts cannot be separated is read as raw lines. */
function rawBody(bytes: Uint8Array, { attachments }: Email): string {
  const end = headerEnd(bytes);
  if (attachments.length > 0 || end < 0) return '';
  const lines = decodeText(bytes.subarray(end)).split(/\r\n?|\n/);
  return lines
    .filter((line) => !/^(--\S+|content-[\w-]+:.*)$/i.test(line))
    .join('\n')
    .trim();
}

/** What has neither headers nor parts is no mail, but a text that somebody named so. */
function withoutHeaders(bytes: Uint8Array, { attachments }: Email): string {
  return attachments.length > 0 ? '' : decodeText(bytes).trim();
}

function headerEnd(bytes: Uint8Array): number {
  return /\r?\n\r?\n/.exec(new TextDecoder('latin1').decode(bytes.subarray(0, 256 * 1024)))?.index ?? -1;
}

function bytesOf({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
}

function headerOf(headers: Email['headers'], key: string): string {
  return headers.find((candidate) => candidate.key === key)?.value ?? '';
}

/** Returns the mail's metadata. Thread and labels are in Gmail's exports and in what its connector fetches. */
function factsOf(mail: Email): Record<string, string> {
  const header = (key: string): string => decodeWords(headerOf(mail.headers, key)).trim();
  const facts = {
    from: toNames(mail.from === undefined ? [] : [mail.from]),
    to: toNames(mail.to),
    cc: toNames(mail.cc),
    messageId: mail.messageId ?? '',
    inReplyTo: mail.inReplyTo ?? '',
    thread: header('x-gm-thrid'),
    labels: header('x-gmail-labels'),
  };
  const known = Object.entries(facts).filter(([, value]) => value !== '');
  return Object.fromEntries(known.map(([name, value]) => [name, value.slice(0, maxFact).toWellFormed()]));
}

function toNames(addresses: readonly Address[] | undefined): string {
  return (addresses ?? []).map(toName).join(', ');
}

/** Names a group together with its members. */
function toName(address: Address): string {
  if (address.group !== undefined) return `${address.name}: ${toNames(address.group)}`;
  return address.name && address.address ? `${address.name} <${address.address}>` : address.address || address.name;
}
