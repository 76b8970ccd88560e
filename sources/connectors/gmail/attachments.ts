/** Finds the attachments of a message in its tree of parts (docs/vendors/gmail.md#messages). */

import type { SkipReason } from '../../../domain/source.ts';
import type { Part } from './answers.ts';

export interface Attachment {
  /** Stable, whereas the id for fetching differs between answers (docs/vendors/gmail.md#messages). */
  readonly partId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly size: number | undefined;
  /** Null for small attachments, whose data is part of the message. */
  readonly attachmentId: string | null;
  readonly data: string | null;
}

/** Gmail gives a message with a single part no part number. */
const onlyPart = 'only';

/**
 * Returns the attachments in the order of the message. Attachments of an attached message belong to that message.
 * @param place the position of the part in the tree, which is how Gmail numbers parts
 */
export function attachmentsOf(part: Part, place = ''): Attachment[] {
  if (isMultipart(part))
    return part.parts.flatMap((inner, at) => attachmentsOf(inner, place === '' ? String(at) : `${place}.${at}`));
  return isBody(part) ? [] : [toAttachment(part, place)];
}

/** Checks for a part that is declared multipart but has no parts: its attachments are then unknown. */
export function lacksParts(part: Part): boolean {
  return isMultipart(part) && (part.parts.length === 0 || part.parts.some(lacksParts));
}

/** Explains why an attachment is skipped although its bytes could be read; the engine decides about all other types. */
export function skipReason({ mimeType, name }: Attachment): SkipReason | null {
  if (mimeType === 'message/rfc822' || /\.(eml|msg)$/i.test(name))
    return { code: 'nested_mail', message: 'Messages attached to a message are not read.' };
  if (/^(text\/calendar|application\/ics)$/.test(mimeType) || /\.ics$/i.test(name))
    return { code: 'calendar_file', message: 'Calendar files are not read. The message they came with is.' };
  return null;
}

/**
 * Decides by the type, or by the contents if the type says nothing. The parts of an attached message belong to that
 * message.
 */
function isMultipart({ mimeType, parts }: Part): boolean {
  return mimeType?.startsWith('multipart/') === true || (parts.length > 0 && mimeType !== 'message/rfc822');
}

/**
 * The body in any format, an attached message that is shown inline, and inline pictures (otherwise each signature's
 * logo would be an item).
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
    name: part.filename || (mimeType === 'message/rfc822' ? 'attached message' : 'unnamed attachment'),
    mimeType,
    size: part.body.size,
    attachmentId: part.body.attachmentId || null,
    data: part.body.data ?? null,
  };
}

/** Header names are case-insensitive and may repeat; the first one counts. */
export function headerOf(part: Part, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return part.headers.find((header) => header.name.toLowerCase() === wanted)?.value;
}
