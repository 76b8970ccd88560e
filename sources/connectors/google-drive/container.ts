import type { Entry, ListPage } from '../../../domain/source.ts';
import { readEach } from '../read-each.ts';
import { listOf, newWalk, step } from './listing.ts';
import { folderType, toGap, toLost } from './map.ts';
import { askDrive, type DriveListing, accountOf, getFile } from './requests.ts';
import { filesInScope, isDriveInScope } from './scope.ts';
import { toEntries } from './shortcuts.ts';
import { newTree } from './tree.ts';

const noTokens = { user: '', drives: {} };

/**
 * Lists everything that a feed or a gap has named: a folder with its whole subtree, a shared drive, or one file that
 * could not be read when it was listed.
 */
export async function listContainer(listing: DriveListing, externalId: string): Promise<ListPage> {
  const { read, unread } = await readEach([externalId], 1, (id) => getFile(listing, id), accountOf(listing));
  const [file, refusal] = [read.get(externalId), unread.get(externalId)];
  // Drive has no such file, so it may be a shared drive.
  if (file === undefined)
    return refusal === undefined || refusal.kind === 'not_found'
      ? await listDrive(listing, externalId)
      : endWith([toGap(externalId, externalId, refusal)]);
  if (file.driveId === externalId) return await listDrive(listing, externalId);
  const isDeleted = file.trashed === true || (await filesInScope(listing, [file])).length === 0;
  if (isDeleted) return endWith(toLost(externalId));
  const { entries } = await toEntries([file], listing);
  if (file.mimeType !== folderType) return endWith(entries);
  const page = await step(listing, {
    ...newWalk('container', noTokens),
    queue: [newTree([externalId])],
    followed: [externalId],
  });
  return { ...page, entries: [...entries, ...page.entries] };
}

async function listDrive(listing: DriveListing, driveId: string): Promise<ListPage> {
  const answer = isDriveInScope(listing.config, driveId)
    ? await askDrive(listing, driveId)
    : { is: 'deleted' as const };
  if (answer.is === 'deleted') return endWith(toLost(driveId));
  if (answer.is === 'refused') return endWith([toGap(driveId, driveId, answer.error)]);
  // The position of its log is not requested, because a container listing returns no checkpoint.
  const tokens = { ...noTokens, drives: { [driveId]: '' } };
  return await step(listing, { ...newWalk('container', tokens), queue: [listOf({ id: driveId, name: answer.name })] });
}

function endWith(entries: readonly Entry[]): ListPage {
  return { entries, next: { more: false, checkpoint: null, complete: false } };
}
