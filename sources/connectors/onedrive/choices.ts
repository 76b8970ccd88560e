import type { Choice } from '../connector.ts';
import { readExternalId, toDriveId, toExternalId } from './map.ts';
import { getChildren, getDrive } from './requests.ts';
import type { OneDriveListing } from './shortcuts.ts';
import type { DriveItem } from './wire.ts';

/** Maximum number of pages read of a folder: one has up to 1,000 items, files among them. */
const maxPages = 5;

/** Lists the folders directly below one; null: at the top of the account's own drive. Shared folders are among them. */
export async function folderChoices(
  { call, signal }: Pick<OneDriveListing, 'call' | 'signal'>,
  within: string | null,
): Promise<readonly Choice[]> {
  const place = within === null ? null : readExternalId(within);
  const driveId = place?.driveId ?? toDriveId((await getDrive(call, signal)).id);
  const choices: Choice[] = [];
  let link: string | null = null;
  for (let page = 0; page < maxPages; page++) {
    const { items, nextLink } = await getChildren(call, place, link, signal);
    choices.push(...items.flatMap((item) => toChoice(driveId, item)));
    if (nextLink === null) break;
    link = nextLink;
  }
  return choices.toSorted((a, b) => a.label.localeCompare(b.label, 'en'));
}

/** A shortcut is chosen as the folder that it points to, because that is the container of what is in it. */
function toChoice(driveId: string, { id, name, folder, package: isPackage, remoteItem }: DriveItem): Choice[] {
  const label = name || id;
  if (remoteItem) {
    const target = { driveId: remoteItem.parentReference.driveId, itemId: remoteItem.id };
    return remoteItem.folder ? [{ value: toExternalId(target), label, hasChildren: true }] : [];
  }
  if (!folder || isPackage) return [];
  return [{ value: toExternalId({ driveId, itemId: id }), label, hasChildren: folder.childCount !== 0 }];
}
