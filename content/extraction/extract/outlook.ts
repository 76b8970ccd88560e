import { decompressRTF } from '@kenjiuno/decompressrtf';
import * as msgreader from '@kenjiuno/msgreader';
import iconv from 'iconv-lite';
import { decodeText, encodingOf } from '../decode.ts';
import { type AttachedFile, readAttachments } from './attachments.ts';
import { markQuotedReplies } from './quoted-replies.ts';
import type { ExtractedText } from './extracted-text.ts';
import { extractHtml } from './html.ts';
import { mailHead } from './mail-head.ts';
import { itemFacts } from './outlook-items.ts';
import { extractRtf } from './rtf.ts';

/** Reads a mail saved by Outlook, and what is attached to it. */
export async function extractOutlook(bytes: Uint8Array): Promise<ExtractedText> {
  const { text: mail, files } = readOutlook(bytes);
  const attached = await readAttachments(files);
  return {
    ...mail,
    text: [mail.text, ...attached.texts].join('\n\n'),
    metadata: { ...mail.metadata, ...attached.metadata },
  };
}

/** Reads a mail saved by Outlook, and names what is attached to it. */
export function readOutlook(bytes: Uint8Array): {
  readonly text: ExtractedText;
  readonly files: readonly AttachedFile[];
} {
  const reader = openMail(bytes);
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
    ...itemFacts(mail),
    Attachments: (mail.attachments ?? []).flatMap(({ fileName, name }) => fileName ?? name ?? []).join(', '),
  });
  const files = (mail.attachments ?? []).map((attachment) => ({
    name: nameOf(attachment),
    mimeType: null,
    read: () => reader.getAttachment(attachment).content,
  }));
  const text = {
    text: [head, markQuotedReplies(bodyOf(mail))].join('\n\n'),
    ...(mail.subject ? { title: mail.subject } : {}),
    metadata: { attachments: mail.attachments?.length ?? 0 },
  };
  return { text, files };
}

/** A mail that is attached to another one has no file name. */
function nameOf({ fileName, name, innerMsgContent }: FieldsData): string {
  return innerMsgContent === true ? `${name ?? 'Attached message'}.msg` : (fileName ?? name ?? '');
}

type FieldsData = msgreader.FieldsData;

/** The type of texts in an encoding, in the last two bytes of a property's tag ([MS-OXCDATA] 2.11.1). */
const encodedText = 0x001e;

/** Mail of older versions of Outlook has its texts in the encoding of the computer, which the mail may state. */
function openMail(bytes: Uint8Array): Reader {
  const buffer = Uint8Array.from(bytes).buffer;
  const reader = new MsgReader(buffer);
  const encoded: Uint8Array[] = [];
  reader.parserConfig = {
    propertyObserver: (_fields, tag, raw) => {
      if ((tag & 0xffff) === encodedText && raw !== null) encoded.push(raw, lineEnd);
    },
  };
  const { messageCodepage } = reader.getFileData();
  const texts = Buffer.concat(encoded);
  const decoding = new MsgReader(buffer);
  decoding.parserConfig = { includeRawProps: true };
  if (texts.every((byte) => byte < 0x80)) return decoding;
  const ansiEncoding = encodingOf(texts, messageCodepage === undefined ? null : `windows-${messageCodepage}`);
  if (iconv.encodingExists(ansiEncoding)) decoding.parserConfig = { includeRawProps: true, ansiEncoding };
  return decoding;
}

const lineEnd = Buffer.from('\n');

interface Reader {
  parserConfig?: msgreader.ParserConfig;
  getFileData(): FieldsData;
  getAttachment(attachment: FieldsData): { readonly content: Uint8Array };
}

/** The package is CommonJS: under ES modules its default export is nested one level deeper than its types say. */
const { default: MsgReader } = (
  msgreader as unknown as {
    readonly default: {
      readonly default: new (buffer: ArrayBuffer) => Reader;
    };
  }
).default;

function bodyOf({ body, bodyHtml, html, compressedRtf }: FieldsData): string {
  if (body !== undefined && body.trim() !== '') return body;
  if (bodyHtml !== undefined) return extractHtml(bodyHtml).text;
  if (html !== undefined) return extractHtml(decodeText(html)).text;
  return compressedRtf === undefined ? '' : richText(compressedRtf);
}

/** Whatever is wrong with the text, the mail's head can still be found. */
function richText(compressed: Uint8Array): string {
  try {
    return extractRtf(Uint8Array.from(decompressRTF([...compressed]))).text;
  } catch {
    return '';
  }
}

function named(name: string | undefined, address: string | undefined): string {
  if (name === undefined || name === '' || name === address) return address ?? '';
  return address === undefined || address === '' || !address.includes('@') ? name : `${name} <${address}>`;
}
