/** Converts Drive's files to entries. */

import type { SyncError } from '../../../domain/errors.ts';
import type { Entry, Fingerprint, Gap, ItemRef, SkipReason } from '../../../domain/source.ts';
import { missingSelection } from '../missing-selection.ts';
import type { DriveFile } from './answers.ts';

const native = 'application/vnd.google-apps.';
export const folderType = `${native}folder`;
export const shortcutType = `${native}shortcut`;

const office = 'application/vnd.openxmlformats-officedocument';

export interface ExportType {
  readonly mimeType: string;
  /** What an export to it leaves out of the document's text. */
  readonly lacks?: string;
}

/**
 * Export formats of Google's own types, best first. Later formats are smaller and are tried if a document exceeds the
 * export limit.
 */
export const exportTypes: Readonly<Record<string, readonly ExportType[]>> = {
  [`${native}document`]: [{ mimeType: 'text/markdown' }, { mimeType: 'text/plain' }],
  [`${native}spreadsheet`]: [
    { mimeType: `${office}.spreadsheetml.sheet` },
    { mimeType: 'text/csv', lacks: 'all sheets but the first' },
  ],
  [`${native}presentation`]: [
    { mimeType: `${office}.presentationml.presentation` },
    { mimeType: 'text/plain', lacks: 'the speaker notes and the texts of charts' },
  ],
  [`${native}drawing`]: [{ mimeType: 'application/pdf' }],
};

/** Converts an existing file to an entry. Shortcuts are resolved elsewhere. */
export function toEntry(file: DriveFile): Entry {
  return file.mimeType === folderType ? toContainer(file) : { state: 'present', ...toItemRef(file) };
}

function toContainer(file: DriveFile): Entry {
  return { state: 'container', externalId: file.id, name: nameOf(file), parentExternalId: parentOf(file) };
}

/**
 * Reports a file, a folder or a drive as deleted. Losing a folder says nothing about its contents: the account's own files
 * in it, and those that were shared with it directly, can still be read and are not reported. So contents are looked up
 * before they are removed.
 */
export function toLost(externalId: string): Entry[] {
  return [
    { state: 'all_listed', externalId },
    { state: 'deleted', externalId },
  ];
}

export function toItemRef(file: DriveFile): ItemRef {
  const skip = skipReason(file);
  return {
    externalId: file.id,
    itemType: 'file',
    name: nameOf(file),
    parentExternalId: parentOf(file),
    mimeType: file.mimeType,
    // A Google document's size differs from that of its export.
    size: isNative(file) ? null : toSize(file.size),
    modifiedAt: file.modifiedTime ?? null,
    fingerprint: fingerprintOf(file),
    webUrl: file.webViewLink ?? null,
    ...(file.resourceKey === undefined ? {} : { fetchHints: { resourceKey: file.resourceKey } }),
    ...(skip === null ? {} : { skip }),
  };
}

/** Makes a gap for something that could not be listed, with the vendor's reason. */
export function toGap(externalId: string | null, name: string, error: SyncError): { readonly state: 'gap' } & Gap {
  const { code, message, retryAfterMs = null } = error;
  return { state: 'gap', externalId, name, code, message, retryAfterMs };
}

/** Where the account has a deleted file, or one that is no longer shared with it: Drive answers the same. */
export const nowhere = 'no longer in Google Drive, or no longer shared with the account';

/** Names something selected in which nothing is listed any more. */
export function toMissing(what: 'folder' | 'shared drive', id: string, name: string, place: string): Entry {
  return missingSelection({ what, id, name, code: 'selected_folder_missing', problem: `is ${place}` });
}

function nameOf({ name }: DriveFile): string {
  return name === undefined || name === '' ? 'Untitled' : name;
}

/** The parent of a file in the root of a shared drive is the drive itself. */
function parentOf({ parents, driveId }: DriveFile): string | null {
  return parents[0] ?? driveId ?? null;
}

/** Drive sends numbers as text; impossible sizes are dropped. */
function toSize(size: string | undefined): number | null {
  return size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : null;
}

/**
 * Stored content has checksums. Google's own documents have none: `modifiedTime` moves with every edit, while `version`
 * also moves for invisible changes, each of which would cost an export.
 */
function fingerprintOf(file: DriveFile): Fingerprint {
  if (file.sha256Checksum) return { kind: 'sha256', value: file.sha256Checksum };
  if (file.md5Checksum) return { kind: 'md5', value: file.md5Checksum };
  return { kind: 'modified_at', value: file.modifiedTime?.slice(0, 100) || 'unknown' };
}

/** Its parameter names the type of what is encrypted (docs/vendors/google-drive.md#items). */
const encryptedType = 'application/vnd.google-gsuite.encrypted';

function skipReason(file: DriveFile): SkipReason | null {
  if (file.mimeType === shortcutType)
    return { code: 'shortcut', message: 'This is a shortcut. The file it points to is synced separately.' };
  if (isNative(file) && exportTypes[file.mimeType] === undefined) {
    return { code: 'not_exportable', message: 'Google cannot export this kind of document.' };
  }
  if (file.mimeType.startsWith(encryptedType)) {
    return {
      code: 'encrypted_by_client',
      message:
        'The file was encrypted before it reached Google (client-side encryption). Remove the encryption in Drive, if it may be read here.',
    };
  }
  if (file.capabilities?.canDownload === false) {
    return { code: 'download_forbidden', message: 'The owner does not allow downloads of this file.' };
  }
  return null;
}

function isNative({ mimeType }: DriveFile): boolean {
  return mimeType.startsWith(native);
}
