/** Reads what was dropped or picked, with the place of each file in its folder. */

import type { ChosenFile } from '../api/uploads.ts';

/** Nobody means `.DS_Store` by a folder of documents; a local folder leaves hidden names out too. */
const isHidden = (path: string): boolean => path.split('/').some((part) => part.startsWith('.'));

export function pickedFiles(list: FileList | null): ChosenFile[] {
  return [...(list ?? [])]
    .map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }))
    .filter(({ path }) => !isHidden(path));
}

/** Folders are walked to their last file. What was dropped must be taken before the event ends. */
export async function droppedFiles({ items }: DataTransfer): Promise<ChosenFile[]> {
  const taken = [...items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = taken.map(async ({ entry, file }) => {
    if (entry !== null) return await filesIn(entry);
    // Dragged from a program that has no files on the disk, such as a mail's attachment.
    return file === null ? [] : [{ path: file.name, file }];
  });
  return (await Promise.all(found)).flat();
}

async function filesIn(entry: FileSystemEntry): Promise<ChosenFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (isHidden(path)) return [];
  if (isFile(entry)) return [{ path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) }];
  const found: ChosenFile[] = [];
  for (const inner of await entriesIn(entry as FileSystemDirectoryEntry)) found.push(...(await filesIn(inner)));
  return found;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** A folder is read in portions of a hundred, until one is empty. */
async function entriesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
