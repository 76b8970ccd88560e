import type { Choice } from '../connector.ts';
import { type DropboxCall, findRoot } from './client.ts';
import { type DropboxEntry, type Listing, listing } from './wire.ts';

/** Maximum number of pages read of a folder: one holds up to 2,000 entries, files among them. */
const maxPages = 5;

/** Lists the folders directly below a path; null: at the top level. It does not check whether they contain anything. */
export async function folderChoices(
  call: DropboxCall,
  within: string | null,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  const to = {
    subject: 'item',
    name: 'files/list_folder',
    schema: listing,
    root: await findRoot(call, signal),
  } as const;
  const path = within ?? '';
  const found: Choice[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page++) {
    const from: string | null = cursor;
    const result: Listing = await call(to, signal, async (dropbox) =>
      from === null
        ? await dropbox.filesListFolder({ path, limit: 2000 })
        : await dropbox.filesListFolderContinue({ cursor: from }),
    );
    found.push(...result.entries.read.flatMap(toChoice));
    if (!result.has_more) break;
    ({ cursor } = result);
  }
  return found.toSorted((a, b) => a.label.localeCompare(b.label, 'en'));
}

function toChoice(entry: DropboxEntry): Choice[] {
  if (entry['.tag'] !== 'folder' || entry.path_display === undefined) return [];
  return [{ value: entry.path_display, label: entry.name ?? entry.path_display, hasChildren: true }];
}
