/** Converts the changes of a log to entries. */

import { z } from 'zod';
import type { Entry } from '../../../domain/source.ts';
import { lenient } from '../answers.ts';
import { driveChange, type DriveChange, type DriveFile, driveFile } from './answers.ts';
import { lookUpFiles } from './look-up.ts';
import { folderType, toGap, toLost } from './map.ts';
import { askDrive, type DriveListing } from './requests.ts';
import { isInScope } from './scope.ts';
import { toEntries } from './shortcuts.ts';

interface Log {
  /** "user" or the shared drive's id. */
  readonly scope: string;
  /** The shared drives whose own logs are read. */
  readonly followed: ReadonlySet<string>;
}

export interface ReportedChanges {
  readonly entries: readonly Entry[];
  readonly lostDrives: readonly string[];
  /** Number of changes whose file is unknown. */
  readonly unread: number;
}

/** `removed` means deleted or no longer accessible. Drive does not count trash as removal, but we do. */
export async function changesToEntries(
  listing: DriveListing,
  log: Log,
  changes: readonly unknown[],
): Promise<ReportedChanges> {
  const present: DriveFile[] = [];
  const deleted: Entry[] = [];
  const unclear: string[] = [];
  const drives: string[] = [];
  let unread = 0;
  for (const reported of latestOf(changes)) {
    if (reported === null) unread++;
    else if ('driveId' in reported) drives.push(reported.driveId);
    else {
      const { fileId, file, removed } = reported;
      const outcome = outcomeOf(listing, log, file, removed);
      if (outcome === 'deleted') deleted.push(...toDeleted(fileId, file));
      else if (outcome === 'unclear') unclear.push(fileId);
      else if (outcome === 'present' && typeof file === 'object' && file !== null) present.push(file);
    }
  }
  const asked = await lookUpFiles(listing, unclear);
  const lost = await confirmLost(listing, drives);
  const shown = await toEntries([...present, ...asked.present], listing);
  const others = asked.others.flatMap((entry) => (entry.state === 'deleted' ? toLost(entry.externalId) : [entry]));
  return {
    entries: [...deleted, ...lost.drives.flatMap(toLost), ...others, ...lost.gaps, ...shown.entries],
    lostDrives: lost.drives,
    unread,
  };
}

/** @param file the file in the change; null if there is none */
function toDeleted(externalId: string, file: DriveFile | 'unreadable' | null): Entry[] {
  const known = typeof file === 'object' ? file : null;
  const isFile = known !== null && known.mimeType !== folderType;
  // Contents of the account's own folder, and of a folder in a shared drive, are in the trash with it.
  const isWithContents = known?.trashed === true && known.ownedByMe !== false;
  return isFile || isWithContents ? [{ state: 'deleted', externalId }] : toLost(externalId);
}

type Outcome = 'present' | 'deleted' | 'elsewhere' | 'unclear';

/** @param file the file in the change; null if there is none */
function outcomeOf(
  { config }: DriveListing,
  { scope, followed }: Log,
  file: DriveFile | 'unreadable' | null,
  removed: boolean | undefined,
): Outcome {
  if (removed === true) {
    // Drive shows a file that the account can still read: it moved to another drive, whose log may have been read already,
    // or it left the account's own list, but not a folder that others have shared.
    if (file === 'unreadable') return 'unclear';
    return file !== null && file.trashed !== true && isInScope(config, file) ? 'present' : 'deleted';
  }
  if (file === null || file === 'unreadable') return 'unclear';
  const home = file.driveId ?? scope;
  // A shared drive has its own log; the user's log reports the drive's files a second time.
  if (home !== scope && followed.has(home)) return 'elsewhere';
  if (!isInScope(config, file)) return 'deleted';
  // It was shared directly from another drive, unless the account has just become a member of that one.
  if (home !== scope && !config.includeSharedWithMe) return 'unclear';
  return file.trashed === undefined ? 'unclear' : file.trashed ? 'deleted' : 'present';
}

type ReportedChange =
  | { readonly fileId: string; readonly file: DriveFile | 'unreadable' | null; readonly removed: boolean | undefined }
  | { readonly driveId: string };

/**
 * Keeps the latest change of each file, because Drive does not promise that a file occurs only once. Null: a change
 * that cannot be read.
 */
function latestOf(changes: readonly unknown[]): (ReportedChange | null)[] {
  const latest = new Map<string, ReportedChange>();
  const unread: null[] = [];
  for (const change of changes) {
    const reported = readChange(driveChange.safeParse(change).data);
    if (reported === undefined) unread.push(null);
    else if (reported !== null) latest.set('driveId' in reported ? reported.driveId : reported.fileId, reported);
  }
  return [...latest.values(), ...unread];
}

const onlyId = z.looseObject({ id: lenient.text });

/** Undefined: the changed file is unknown. Null: a change of a drive that does not matter here. */
function readChange(change: DriveChange | undefined): ReportedChange | null | undefined {
  if (change === undefined) return undefined;
  const file = driveFile.safeParse(change.file).data ?? (change.file == null ? null : 'unreadable');
  const fileId = change.fileId ?? onlyId.safeParse(change.file).data?.id;
  if (fileId !== undefined && change.changeType !== 'drive') return { fileId, file, removed: change.removed };
  // Every feed requests the list of drives, which shows anything else that changed about a drive.
  if (change.changeType !== 'drive' && change.driveId === undefined) return undefined;
  return change.removed === false || change.driveId === undefined ? null : { driveId: change.driveId };
}

/** Removes a drive only if Drive reports the loss of that drive itself. */
async function confirmLost(
  listing: DriveListing,
  driveIds: readonly string[],
): Promise<{ readonly drives: readonly string[]; readonly gaps: readonly Entry[] }> {
  const drives: string[] = [];
  const gaps: Entry[] = [];
  for (const id of driveIds) {
    const answer = await askDrive(listing, id);
    if (answer.is === 'deleted') drives.push(id);
    if (answer.is === 'refused') gaps.push(toGap(id, id, answer.error));
  }
  return { drives, gaps };
}
