import PostalMime, { type Address } from 'postal-mime';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';

/** A saved mail: who wrote whom about what, then the best body part. Attachments are named, not opened. */
export async function extractEmail(bytes: Uint8Array): Promise<ExtractedText> {
  const mail = await PostalMime.parse(bytes);
  const body = mail.text?.trim() || (mail.html === undefined ? '' : extractHtml(mail.html).text);
  const attachments = mail.attachments.flatMap((attachment) => attachment.filename ?? []);
  const head = [
    ['From', mail.from === undefined ? '' : toName(mail.from)],
    ['To', (mail.to ?? []).map(toName).join(', ')],
    ['Date', mail.date ?? ''],
    ['Subject', mail.subject ?? ''],
    ['Attachments', attachments.join(', ')],
  ].flatMap(([name, value]) => (value === '' ? [] : `${name}: ${value}`));
  return {
    text: `${head.join('\n')}\n\n${body}`,
    ...(mail.subject ? { title: mail.subject } : {}),
    metadata: { attachments: attachments.length },
  };
}

function toName(address: Address): string {
  return address.name && address.address ? `${address.name} <${address.address}>` : (address.address ?? address.name);
}
