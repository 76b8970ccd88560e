/** Converts items of a drive to entries. */

import type { Entry, Fingerprint, ItemRef, SkipReason } from '../../../domain/source.ts';
import type { SyncError } from '../../../domain/errors.ts';
import type { DriveItem, UnreadItem } from './wire.ts';

/** Identifies an item: ids are unique only within a drive (docs/vendors/onedrive.md#items-and-hashes). */
export interface OneDrivePlace {
  readonly driveId: string;
  readonly itemId: string;
}

const separator = ':';

export function toExternalId({ driveId, itemId }: OneDrivePlace): string {
  return `${toDriveId(driveId)}${separator}${itemId}`;
}

/** Null for an id that this connector did not make. */
export function readExternalId(externalId: string): OneDrivePlace | null {
  const at = externalId.indexOf(separator);
  return at < 1 || at === externalId.length - 1
    ? null
    : { driveId: externalId.slice(0, at), itemId: externalId.slice(at + 1) };
}

/**
 * Ids of personal drives are 16 hexadecimal digits, which Graph writes in either case, and without a leading zero in
 * references (OneDrive/onedrive-api-docs#1902, #1890). They are normalized so that one drive does not look like two.
 */
export function toDriveId(driveId: string): string {
  return /^[0-9a-f]{1,16}$/i.test(driveId) ? driveId.toLowerCase().padStart(16, '0') : driveId;
}

/** A form into which Graph converts a file. */
export interface Conversion {
  readonly format: 'pdf' | 'html';
  readonly mimeType: string;
}

/**
 * Formats that Graph can convert (docs/vendors/onedrive.md#downloads) and that Headwater cannot read directly; it reads
 * other Office files better itself.
 */
const conversions: readonly (readonly [names: RegExp, conversion: Conversion])[] = [
  [
    /\.(doc|odp|ods|odt|pot|potm|potx|pps|ppsx|ppsxm|ppt|pptm|rtf|xls)$/i,
    { format: 'pdf', mimeType: 'application/pdf' },
  ],
  [/\.(loop|fluid|wbtx)$/i, { format: 'html', mimeType: 'text/html' }],
];

export function conversionOf(name: string): Conversion | null {
  return conversions.find(([names]) => names.test(name))?.[1] ?? null;
}

/** Converts an item of this drive to an entry. Shortcuts to other people's drives are resolved elsewhere. */
export function toEntry(driveId: string, item: DriveItem): Entry {
  if (item.deleted) return { state: 'deleted', externalId: toExternalId({ driveId, itemId: item.id }) };
  if (item.root) return { ...toContainer(driveId, item), name: 'OneDrive', parentExternalId: null };
  if (item.folder && !item.package) return toContainer(driveId, item);
  return { state: 'present', ...toItemRef(driveId, item) };
}

export function skippedEntry(driveId: string, item: DriveItem, skip: SkipReason): Entry {
  return { state: 'present', ...toItemRef(driveId, item), skip };
}

/** @param error why the folder could not be listed completely */
export function toGap({ driveId, itemId }: OneDrivePlace, name: string, error: SyncError): Entry {
  return {
    state: 'gap',
    externalId: toExternalId({ driveId, itemId }),
    name,
    code: error.code,
    message: error.message,
    retryAfterMs: error.retryAfterMs ?? null,
  };
}

/**
 * Makes gaps for unreadable items: of their parent folder if that is known, else of everything.
 * @param top the folder that was listed, if it was not a whole drive
 */
export function unreadGaps(driveId: string, top: string | null, unread: readonly UnreadItem[]): Entry[] {
  const gaps = unread.map((item): Extract<Entry, { state: 'gap' }> => {
    const parent = item.parentReference?.id || top;
    return {
      state: 'gap',
      externalId: parent === null ? null : toExternalId({ driveId, itemId: parent }),
      name: `The folder of "${item.name ?? item.id ?? 'an item without a name'}"`,
      code: 'unreadable_entry',
      message:
        'OneDrive returned an entry in this folder that Headwater cannot read. The folder’s synced items are kept, and the next sync lists it again.',
      retryAfterMs: null,
    };
  });
  return [...new Map(gaps.map((gap) => [gap.externalId, gap])).values()];
}

function toContainer(driveId: string, item: DriveItem): Extract<Entry, { state: 'container' }> {
  return {
    state: 'container',
    externalId: toExternalId({ driveId, itemId: item.id }),
    name: item.name || item.id,
    parentExternalId: parentOf(driveId, item),
  };
}

export function parentOf(driveId: string, item: DriveItem): string | null {
  const itemId = item.parentReference?.id;
  return itemId ? toExternalId({ driveId, itemId }) : null;
}

function toItemRef(driveId: string, item: DriveItem): ItemRef {
  const name = item.name || item.id;
  const skip = skipReason(item);
  const conversion = conversionOf(name);
  return {
    externalId: toExternalId({ driveId, itemId: item.id }),
    itemType: 'file',
    name,
    parentExternalId: parentOf(driveId, item),
    mimeType: item.file?.mimeType ?? null,
    ...(conversion === null ? {} : { fetchedAs: conversion.mimeType }),
    size: item.size ?? null,
    // The first is the time of the person's edit, the second the time the server recorded it.
    modifiedAt: toTime(item.fileSystemInfo?.lastModifiedDateTime) ?? toTime(item.lastModifiedDateTime),
    fingerprint: fingerprintOf(item),
    webUrl: item.webUrl ?? null,
    ...(skip === null ? {} : { skip }),
  };
}

/**
 * Any of these may be missing: business drives have only quickXorHash and no cTag in feeds, and a newly uploaded file
 * has no hash yet (docs/vendors/onedrive.md#items-and-hashes). A cTag changes with the content, an eTag with every
 * change.
 */
export function fingerprintOf(item: DriveItem): Fingerprint {
  const hashes = item.file?.hashes;
  if (hashes?.quickXorHash) return { kind: 'quick_xor_hash', value: hashes.quickXorHash };
  if (hashes?.sha256Hash) return { kind: 'sha256', value: hashes.sha256Hash.toLowerCase() };
  if (hashes?.sha1Hash) return { kind: 'sha1', value: hashes.sha1Hash.toLowerCase() };
  if (item.cTag) return { kind: 'version', value: item.cTag };
  return { kind: 'etag', value: item.eTag ?? item.lastModifiedDateTime ?? String(item.size ?? '') };
}

function skipReason(item: DriveItem): SkipReason | null {
  if (item.malware)
    return { code: 'malware', message: 'OneDrive found malware in this file and does not provide it for download.' };
  if (item.package) return { code: 'notebook', message: 'OneNote notebooks have no file that can be read.' };
  if (!item.file) return { code: 'not_a_file', message: 'OneDrive does not store this as a file.' };
  return null;
}

/** Tombstones and old items contain the year 1 (docs/vendors/onedrive.md#delta). */
function toTime(text: string | undefined): string | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) || at <= 0 ? null : new Date(at).toISOString();
}
