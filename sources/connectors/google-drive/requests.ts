/** Makes Drive's calls for listing and lookup, one function each. */

import type { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import { z } from 'zod';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { isEndless, noPages, rememberPage } from '../page-memory.ts';
import type { AskedAccount } from '../part-limits.ts';
import { isOfAccount } from '../read-each.ts';
import { callTimeoutMs } from '../google/call.ts';
import type { CallSubject } from '../google/errors.ts';
import {
  about,
  changeList,
  changeListFields,
  type DriveFile,
  driveFile,
  driveList,
  fileFields,
  fileList,
  fileListFields,
  sharedDrive,
  type SharedDrive,
  startPageToken,
} from './answers.ts';
import type { DriveCall } from './client.ts';
import type { GoogleDriveConfig } from './config.ts';

/** Number of files or changes per page. */
export const pageSize = 1000;
const drivesPerPage = 100;
const idOnly = z.object({ id: z.string().min(1), name: z.string().min(1).optional().catch(undefined) });

export interface DriveListing {
  readonly call: DriveCall;
  readonly config: GoogleDriveConfig;
  readonly signal: AbortSignal;
  /** See `ConnectorContext`. */
  readonly isRefusedRepeatedly?: boolean | undefined;
}

/** Returns the account: one cheap call that also shows that its sign-in is valid. */
export async function getAccount({ call, signal }: Pick<DriveListing, 'call' | 'signal'>) {
  const ask = { method: 'about.get', subject: 'account', cost: 'read', answer: about } as const;
  const fields = 'user(emailAddress,displayName)';
  return await call(ask, signal, (drive) => drive.about.get({ fields }, { signal, timeout: callTimeoutMs }));
}

export function accountOf(listing: DriveListing): AskedAccount {
  return { askAccount: () => getAccount(listing), isRefusedRepeatedly: listing.isRefusedRepeatedly };
}

/** @param within what a refusal concerns: the whole account, or the one drive or folder that is listed */
export async function listFiles(
  { call, signal }: DriveListing,
  within: 'account' | 'container',
  params: drive_v3.Params$Resource$Files$List,
): Promise<z.output<typeof fileList>> {
  // A refused page token is a lost position, whatever was listed.
  const subject: CallSubject = params.pageToken === undefined ? within : `${within} position`;
  const ask = { method: 'files.list', subject, cost: 'list', answer: fileList } as const;
  const all = { pageSize, spaces: 'drive', supportsAllDrives: true, fields: fileListFields, ...params };
  return await call(ask, signal, (drive) => drive.files.list(all, { signal, timeout: callTimeoutMs }));
}

/** Lists one page of a log. @param scope "user" or a shared drive's id */
export async function listChanges(
  { call, signal }: DriveListing,
  scope: string,
  pageToken: string,
): Promise<z.output<typeof changeList>> {
  const subject = scope === 'user' ? 'account position' : 'container position';
  const ask = { method: 'changes.list', subject, cost: 'list', answer: changeList } as const;
  const params = {
    pageToken,
    pageSize,
    includeRemoved: true,
    includeCorpusRemovals: true,
    supportsAllDrives: true,
    includeItemsFromAllDrives: true,
    ...(scope === 'user' ? {} : { driveId: scope }),
    fields: changeListFields,
  };
  return await call(ask, signal, (drive) => drive.changes.list(params, { signal, timeout: callTimeoutMs }));
}

/** Returns the current position of a log. @param scope "user" or a shared drive's id */
export async function getStartToken({ call, signal }: DriveListing, scope: string): Promise<string> {
  const subject = scope === 'user' ? 'account' : 'container';
  const ask = { method: 'changes.getStartPageToken', subject, cost: 'read', answer: startPageToken } as const;
  const params = { supportsAllDrives: true, ...(scope === 'user' ? {} : { driveId: scope }) };
  const answer = await call(ask, signal, (drive) =>
    drive.changes.getStartPageToken(params, { signal, timeout: callTimeoutMs }),
  );
  return answer.startPageToken;
}

/**
 * Returns the folder that `root` is an alias of; files name its real id as their parent. Null for an account without My
 * Drive, which may still have shared drives and files that others have shared with it.
 */
export async function getRoot({ call, signal }: DriveListing): Promise<z.output<typeof idOnly> | null> {
  const ask = { method: 'files.get', subject: 'account', cost: 'read', answer: idOnly } as const;
  const params = { fileId: 'root', fields: 'id,name' };
  try {
    return await call(ask, signal, (drive) => drive.files.get(params, { signal, timeout: callTimeoutMs }));
  } catch (error) {
    if (isSyncError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

/** Returns one file's facts. @throws SyncError `not_found`, `forbidden` and any other error of the call */
export async function getFile(
  { call, signal }: Pick<DriveListing, 'call' | 'signal'>,
  fileId: string,
  resourceKey?: string,
): Promise<DriveFile> {
  const answer = driveFile.refine(({ id }) => id === fileId);
  const ask = { method: 'files.get', subject: 'item', cost: 'read', answer } as const;
  const params = { fileId, fields: fileFields, supportsAllDrives: true };
  const options = { signal, timeout: callTimeoutMs, headers: resourceKeyHeader(fileId, resourceKey) };
  return await call(ask, signal, (drive) => drive.files.get(params, options));
}

/** Files shared by old links require their resource key: docs/vendors/google-drive.md#items. */
export function resourceKeyHeader(fileId: string, resourceKey: string | undefined): Record<string, string> {
  return resourceKey === undefined ? {} : { 'X-Goog-Drive-Resource-Keys': `${fileId}/${resourceKey}` };
}

/**
 * Lists one page of the shared drives that the account is a member of, and counts the unreadable ones. It requests all
 * fields because the answer is small.
 */
export async function listDrives(
  { call, signal }: Pick<DriveListing, 'call' | 'signal'>,
  pageToken: string | undefined,
): Promise<{ readonly drives: SharedDrive[]; readonly unread: number; readonly nextPageToken: string | undefined }> {
  const ask = { method: 'drives.list', subject: 'container', cost: 'list', answer: driveList } as const;
  const params = { pageSize: drivesPerPage, ...(pageToken === undefined ? {} : { pageToken }) };
  const page = await call(ask, signal, (drive) => drive.drives.list(params, { signal, timeout: callTimeoutMs }));
  const drives = page.drives.flatMap((each) => sharedDrive.safeParse(each).data ?? []);
  return { drives, unread: page.drives.length - drives.length, nextPageToken: page.nextPageToken ?? undefined };
}

/** Lists all shared drives. @throws SyncError `endless_listing` */
export async function listAllDrives(
  listing: Pick<DriveListing, 'call' | 'signal'>,
): Promise<{ readonly drives: SharedDrive[]; readonly unread: number }> {
  const drives: SharedDrive[] = [];
  let unread = 0;
  let memory = noPages;
  for (let pageToken: string | undefined; ;) {
    const page = await listDrives(listing, pageToken);
    drives.push(...page.drives);
    unread += page.unread;
    if (page.nextPageToken === undefined) return { drives, unread };
    memory = rememberPage(memory, page.drives);
    if (page.nextPageToken === pageToken || isEndless(memory)) throw endlessDrives();
    pageToken = page.nextPageToken;
  }
}

function endlessDrives(): SyncError {
  return new SyncError('invalid_input', {
    code: 'endless_listing',
    message: 'Google Drive keeps returning the same shared drives. Nothing was removed, and the next sync tries again.',
    scope: 'container',
  });
}

/**
 * Asks Drive about one shared drive. The answer is that it exists, that it does not, or nothing reliable. Only Drive's
 * own 404 is a loss; an incomplete list, a refusal or a proxy's page is not.
 * @throws SyncError for errors of the account
 */
export async function askDrive(
  { call, signal }: DriveListing,
  driveId: string,
): Promise<
  | { readonly is: 'there'; readonly name: string }
  | { readonly is: 'deleted' }
  | { readonly is: 'refused'; readonly error: SyncError }
> {
  const answer = sharedDrive.refine(({ id }) => id === driveId);
  const ask = { method: 'drives.get', subject: 'container', cost: 'read', answer } as const;
  try {
    const { name } = await call(ask, signal, (drive) =>
      drive.drives.get({ driveId }, { signal, timeout: callTimeoutMs }),
    );
    return { is: 'there', name: name ?? driveId };
  } catch (error) {
    if (!isSyncError(error) || isOfAccount(error)) throw error;
    return error.kind === 'not_found' ? { is: 'deleted' } : { is: 'refused', error };
  }
}
