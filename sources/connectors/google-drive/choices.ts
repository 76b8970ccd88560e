import type { Choice } from '../connector.ts';
import { type DriveListing, listDrives } from './requests.ts';

/** Nobody reads a longer list; the id of another drive can be typed in. */
const maxShown = 500;
/** Maximum number of pages, with a hundred drives each, which also ends an endless list. */
const maxPages = 5;

/** Lists the shared drives that the account is a member of. */
export async function sharedDriveChoices(listing: Pick<DriveListing, 'call' | 'signal'>): Promise<readonly Choice[]> {
  const choices: Choice[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < maxPages && choices.length < maxShown; page++) {
    const { drives, nextPageToken } = await listDrives(listing, pageToken);
    choices.push(...drives.map(({ id, name }) => ({ value: id, label: name ?? id, hasChildren: false })));
    if (nextPageToken === undefined) break;
    pageToken = nextPageToken;
  }
  return choices;
}
