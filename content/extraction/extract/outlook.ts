import * as msgreader from '@kenjiuno/msgreader';
import { decodeText } from '../decode.ts';
import { readAttachments } from './attachments.ts';
import { markEarlierMail } from './earlier-mail.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';
import { mailHead } from './mail-head.ts';
import { extractRtf } from './rtf.ts';

/** Reads a mail saved by Outlook. */
export async function extractOutlook(bytes: Uint8Array): Promise<ExtractedText> {
  const reader = new MsgReader(Uint8Array.from(bytes).buffer);
  const mail = reader.getFileData();
  const people = (kind: string): string =>
    (mail.recipients ?? [])
      .filter((one) => (one.recipType ?? 'to') === kind)
      .map((one) => named(one.name, one.smtpAddress ?? one.email))
      .join(', ');
  const head = mailHead({
    From: named(mail.senderName, mail.senderSmtpAddress ?? mail.senderEmail),
    To: people('to'),
    Cc: people('cc'),
    Date: mail.messageDeliveryTime ?? mail.clientSubmitTime ?? '',
    Subject: mail.subject ?? '',
    Attachments: (mail.attachments ?? []).flatMap(({ fileName, name }) => fileName ?? name ?? []).join(', '),
  });
  const files = (mail.attachments ?? []).map((attachment) => ({
    name: attachment.fileName ?? attachment.name ?? '',
    mimeType: null,
    read: () => reader.getAttachment(attachment).content,
  }));
  return {
    text: [head, markEarlierMail(bodyOf(mail)), ...(await readAttachments(files))].join('\n\n'),
    ...(mail.subject ? { title: mail.subject } : {}),
    metadata: { attachments: mail.attachments?.length ?? 0 },
  };
}

type FieldsData = msgreader.FieldsData;

/** The package is CommonJS: under ES modules its default export is nested one level deeper than its types say. */
const { default: MsgReader } = (
  msgreader as unknown as {
    readonly default: {
      readonly default: new (buffer: ArrayBuffer) => {
        getFileData(): FieldsData;
        getAttachment(attachment: FieldsData): { readonly content: Uint8Array };
      };
    };
  }
).default;

function bodyOf({ body, bodyHtml, html, compressedRtf }: FieldsData): string {
  if (body !== undefined && body.trim() !== '') return body;
  if (bodyHtml !== undefined) return extractHtml(bodyHtml).text;
  if (html !== undefined) return extractHtml(decodeText(html)).text;
  return compressedRtf === undefined ? '' : extractRtf(compressedRtf).text;
}

function named(name: string | undefined, address: string | undefined): string {
  if (name === undefined || name === '' || name === address) return address ?? '';
  return address === undefined || address === '' || !address.includes('@') ? name : `${name} <${address}>`;
}
