/** Theirs to ours: Drive's files as entries. */

import type { SyncError } from '../../../domain/errors.ts';
import type { Entry, Fingerprint, Gap, ItemRef, SkipReason } from '../../../domain/source.ts';
import type { DriveFile } from './answers.ts';

const native = 'application/vnd.google-apps.';
export const folderType = `${native}folder`;
export const shortcutType = `${native}shortcut`;

const office = 'application/vnd.openxmlformats-officedocument';

/**
 * How Google's own types leave Drive, best first; the later ones are smaller and are tried when a document is over the
 * export limit. Spreadsheets as XLSX: their CSV export holds the first sheet only.
 */
export const exportTypes: Readonly<Record<string, readonly string[]>> = {
  [`${native}document`]: ['text/markdown', 'text/plain'],
  [`${native}spreadsheet`]: [`${office}.spreadsheetml.sheet`, 'text/csv'],
  [`${native}presentation`]: [`${office}.presentationml.presentation`, 'text/plain'],
  [`${native}drawing`]: ['application/pdf'],
};

/** A file that is present, as an entry. Shortcuts are resolved elsewhere. */
export function toEntry(file: DriveFile): Entry {
  return file.mimeType === folderType ? toContainer(file) : { state: 'present', ...toItemRef(file) };
}

function toContainer(file: DriveFile): Entry {
  return { state: 'container', externalId: file.id, name: nameOf(file), parentExternalId: parentOf(file) };
}

export function toItemRef(file: DriveFile): ItemRef {
  const skip = skipReason(file);
  return {
    externalId: file.id,
    itemType: 'file',
    name: nameOf(file),
    parentExternalId: parentOf(file),
    mimeType: file.mimeType,
    // A native file's size is not that of its export.
    size: isNative(file) ? null : toSize(file.size),
    modifiedAt: file.modifiedTime ?? null,
    fingerprint: fingerprintOf(file),
    webUrl: file.webViewLink ?? null,
    ...(file.resourceKey === undefined ? {} : { hints: { resourceKey: file.resourceKey } }),
    ...(skip === null ? {} : { skip }),
  };
}

/** What could not be listed, as the vendor's refusal words it. */
export function toGap(externalId: string | null, name: string, error: SyncError): { readonly state: 'gap' } & Gap {
  const { code, message, retryAfterMs = null } = error;
  return { state: 'gap', externalId, name, code, message, retryAfterMs };
}

function nameOf({ name }: DriveFile): string {
  return name === undefined || name === '' ? 'Untitled' : name;
}

/** In the root of a shared drive the parent is the drive itself. */
function parentOf({ parents, driveId }: DriveFile): string | null {
  return parents[0] ?? driveId ?? null;
}

/** Numbers come as text; one that no file has is none. */
function toSize(size: string | undefined): number | null {
  return size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : null;
}

/**
 * Stored content has checksums. Google's own documents have none: `modifiedTime` moves with every edit, while `version`
 * also moves for changes nobody can see and would cost an export each time.
 */
function fingerprintOf(file: DriveFile): Fingerprint {
  if (file.sha256Checksum) return { kind: 'sha256', value: file.sha256Checksum };
  if (file.md5Checksum) return { kind: 'md5', value: file.md5Checksum };
  return { kind: 'modified_at', value: file.modifiedTime?.slice(0, 100) || 'unknown' };
}

function skipReason(file: DriveFile): SkipReason | null {
  if (file.mimeType === shortcutType)
    return { code: 'shortcut', message: 'A shortcut; what it points to is synced itself.' };
  if (isNative(file) && exportTypes[file.mimeType] === undefined) {
    return { code: 'not_exportable', message: 'Google offers no export of this kind of document.' };
  }
  if (file.capabilities?.canDownload === false) {
    return { code: 'download_forbidden', message: 'The owner does not allow downloads of this file.' };
  }
  return null;
}

function isNative({ mimeType }: DriveFile): boolean {
  return mimeType.startsWith(native);
}
