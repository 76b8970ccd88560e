/** What hangs on a message, found in the tree of its parts [reference 4.3]. */

import type { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import type { SkipReason } from '../../../domain/source.ts';

export interface Attachment {
  /** Stays the same, while the id for fetching differs from answer to answer [reference 4.3]. */
  readonly partId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  /** Small ones come with the message instead. */
  readonly attachmentId: string | null;
  readonly data: string | null;
}

type Part = gmail_v1.Schema$MessagePart;

/** A message of one part has no number for it. */
const onlyPart = 'only';

/** Attachments in the order of the mail. What is in a mail inside the mail belongs to that one. */
export function attachmentsOf(part: Part): Attachment[] {
  if (isMultipart(part)) return (part.parts ?? []).flatMap(attachmentsOf);
  return isBody(part) ? [] : [toAttachment(part)];
}

/** Why an attachment is left out although its bytes could be read; the engine judges the other types. */
export function skipReason({ mimeType, name }: Attachment): SkipReason | null {
  if (mimeType === 'message/rfc822' || /\.(eml|msg)$/i.test(name))
    return { code: 'nested_mail', message: 'A mail attached to a mail is not opened.' };
  if (/^(text\/calendar|application\/ics)$/.test(mimeType) || /\.ics$/i.test(name))
    return { code: 'calendar_file', message: 'Calendar files are not read; the mail they came with is.' };
  return null;
}

function isMultipart(part: Part): boolean {
  return part.mimeType?.startsWith('multipart/') === true;
}

/**
 * The text itself in whichever form, a mail that is shown as part of it, and the pictures in it (each signature's logo would
 * be an item).
 */
function isBody(part: Part): boolean {
  const disposition = headerOf(part, 'Content-Disposition')?.trim().toLowerCase() ?? '';
  if (disposition.startsWith('attachment')) return false;
  if (part.mimeType?.startsWith('image/') === true) return headerOf(part, 'Content-ID') !== undefined;
  return part.mimeType === 'message/rfc822' || (part.mimeType?.startsWith('text/') === true && !part.filename);
}

function toAttachment(part: Part): Attachment {
  const mimeType = part.mimeType?.toLowerCase() || 'application/octet-stream';
  return {
    partId: part.partId || onlyPart,
    name: part.filename || (mimeType === 'message/rfc822' ? 'attached mail' : 'unnamed attachment'),
    mimeType,
    size: part.body?.size ?? 0,
    attachmentId: part.body?.attachmentId ?? null,
    data: part.body?.data ?? null,
  };
}

/** Header names are case-insensitive and may repeat; the first counts. */
export function headerOf(part: Part, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return part.headers?.find((header) => header.name?.toLowerCase() === wanted)?.value ?? undefined;
}
