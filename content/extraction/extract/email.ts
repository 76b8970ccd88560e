import PostalMime, { type Address, decodeWords, type Email } from 'postal-mime';
import { markEarlierMail } from './earlier-mail.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';

/** A plain text this short may be a mere hint that the mail is to be read as HTML. */
const stubLength = 500;
/** A mail to half the world names enough of them. */
const longestFact = 1000;

/** A saved mail: who wrote whom about what, then the best body part. Attachments are named, not opened. */
export async function extractEmail(bytes: Uint8Array): Promise<ExtractedText> {
  const mail = await PostalMime.parse(bytes);
  const attachments = mail.attachments.flatMap((attachment) => attachment.filename ?? []);
  const head = lines({
    From: mail.from === undefined ? '' : toName(mail.from),
    To: toNames(mail.to),
    Cc: toNames(mail.cc),
    Date: mail.date ?? '',
    Subject: mail.subject ?? '',
    Attachments: attachments.join(', '),
  });
  return {
    text: `${head}\n\n${markEarlierMail(bestBody(mail))}`,
    ...(mail.subject ? { title: mail.subject } : {}),
    metadata: { attachments: attachments.length, ...factsOf(mail) },
  };
}

/** The plain text, unless it is empty or only says that there is more to see. */
function bestBody({ text, html }: Email): string {
  const plain = text?.trim() ?? '';
  if (html === undefined || plain.length >= stubLength) return plain;
  const rich = extractHtml(html).text.trim();
  return plain === '' || rich.length > 4 * plain.length + stubLength ? rich : plain;
}

/** What a mail is filed under. Thread and labels stand in exports of Gmail, and above what its connector fetches. */
function factsOf(mail: Email): Record<string, string> {
  const header = (key: string): string =>
    decodeWords(mail.headers.find((candidate) => candidate.key === key)?.value ?? '').trim();
  const facts = {
    from: mail.from === undefined ? '' : toName(mail.from),
    to: toNames(mail.to),
    cc: toNames(mail.cc),
    messageId: mail.messageId ?? '',
    inReplyTo: mail.inReplyTo ?? '',
    thread: header('x-gm-thrid'),
    labels: header('x-gmail-labels'),
  };
  const known = Object.entries(facts).filter(([, value]) => value !== '');
  return Object.fromEntries(known.map(([name, value]) => [name, value.slice(0, longestFact)]));
}

function lines(facts: Readonly<Record<string, string>>): string {
  const known = Object.entries(facts).filter(([, value]) => value !== '');
  return known.map(([name, value]) => `${name}: ${value}`).join('\n');
}

function toNames(addresses: readonly Address[] | undefined): string {
  return (addresses ?? []).map(toName).join(', ');
}

function toName(address: Address): string {
  return address.name && address.address ? `${address.name} <${address.address}>` : (address.address ?? address.name);
}
