/** What hangs on a message, found in the tree of its parts (docs/vendors/gmail.md, "Messages"). */

import type { SkipReason } from '../../../domain/source.ts';
import type { Part } from './answers.ts';

export interface Attachment {
  /** Stays the same, while the id for fetching differs from answer to answer (docs/vendors/gmail.md, "Messages"). */
  readonly partId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly size: number | undefined;
  /** Small ones come with the message instead. */
  readonly attachmentId: string | null;
  readonly data: string | null;
}

/** A message of one part has no number for it. */
const onlyPart = 'only';

/**
 * Attachments in the order of the mail. What is in a mail inside the mail belongs to that one.
 * @param place of the part in the tree, which is what Gmail numbers parts by
 */
export function attachmentsOf(part: Part, place = ''): Attachment[] {
  if (isMultipart(part))
    return part.parts.flatMap((inner, at) => attachmentsOf(inner, place === '' ? String(at) : `${place}.${at}`));
  return isBody(part) ? [] : [toAttachment(part, place)];
}

/** Is it said to hold parts, and shows none? Then nobody knows what hangs on it. */
export function lacksParts(part: Part): boolean {
  return isMultipart(part) && (part.parts.length === 0 || part.parts.some(lacksParts));
}

/** Why an attachment is left out although its bytes could be read; the engine judges the other types. */
export function skipReason({ mimeType, name }: Attachment): SkipReason | null {
  if (mimeType === 'message/rfc822' || /\.(eml|msg)$/i.test(name))
    return { code: 'nested_mail', message: 'A mail attached to a mail is not opened.' };
  if (/^(text\/calendar|application\/ics)$/.test(mimeType) || /\.ics$/i.test(name))
    return { code: 'calendar_file', message: 'Calendar files are not read; the mail they came with is.' };
  return null;
}

/** By its type, or by what it holds where the type says nothing; a mail inside the mail holds its own. */
function isMultipart({ mimeType, parts }: Part): boolean {
  return mimeType?.startsWith('multipart/') === true || (parts.length > 0 && mimeType !== 'message/rfc822');
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

function toAttachment(part: Part, place: string): Attachment {
  const mimeType = part.mimeType?.toLowerCase() || 'application/octet-stream';
  return {
    partId: part.partId || place || onlyPart,
    name: part.filename || (mimeType === 'message/rfc822' ? 'attached mail' : 'unnamed attachment'),
    mimeType,
    size: part.body.size,
    attachmentId: part.body.attachmentId || null,
    data: part.body.data ?? null,
  };
}

/** Header names are case-insensitive and may repeat; the first counts. */
export function headerOf(part: Part, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return part.headers.find((header) => header.name.toLowerCase() === wanted)?.value;
}
