import type { files } from 'dropbox';
import type { Choice } from '../connector.ts';
import { type DropboxCall, findRoot } from './client.ts';

/** Pages of a folder that are looked through: one holds up to 2,000 entries, files among them. */
const mostPages = 5;

/** The folders directly below a path; null: at the top. Whether there is something in them is not asked. */
export async function folderChoices(
  call: DropboxCall,
  within: string | null,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  const at = { subject: 'item', root: await findRoot(call, signal) } as const;
  const found: Choice[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < mostPages; page++) {
    const result: files.ListFolderResult =
      cursor === null
        ? await call(at, signal, async (dropbox) => await dropbox.filesListFolder({ path: within ?? '', limit: 2000 }))
        : await continued(call, at, cursor, signal);
    found.push(...result.entries.flatMap(toChoice));
    if (!result.has_more) break;
    ({ cursor } = result);
  }
  return found.toSorted((a, b) => a.label.localeCompare(b.label, 'en'));
}

async function continued(
  call: DropboxCall,
  at: Parameters<DropboxCall>[0],
  cursor: string,
  signal: AbortSignal,
): Promise<files.ListFolderResult> {
  return await call(at, signal, async (dropbox) => await dropbox.filesListFolderContinue({ cursor }));
}

function toChoice(entry: files.ListFolderResult['entries'][number]): Choice[] {
  if (entry['.tag'] !== 'folder' || entry.path_display === undefined) return [];
  return [{ value: entry.path_display, label: entry.name, hasChildren: true }];
}
