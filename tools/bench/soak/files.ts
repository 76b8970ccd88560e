/** Accounts that store files in folders, and the changes made to them. */

import { extname } from 'node:path/posix';
import { generateText } from '../../simulators/kit/words.ts';
import { poison, type SoakAccount, type TrueFile } from './vendors/vendor.ts';

/** The names of an account's folders in this program; they stay the same while the folders themselves are renamed. */
export const folderNames = ['One', 'Two', 'Three', 'Vier', 'Fünf'];

/** The operations of a file vendor. */
export interface FileStore {
  add(name: string, content: string, folder: string | null): void;
  update(id: string, content: string): void;
  /** @param name the new name, in the same folder */
  rename(id: string, name: string): void;
  move(id: string, folder: string): void;
  remove(id: string, forGood: boolean): void;
  /** Puts another file with the same name in the place of this one. */
  replace(id: string, content: string): void;
  /** Takes a file back from the trash; absent if the simulated vendor keeps none. */
  restore?(): void;
  /** Gives a file another type, or its own one back; absent if the type is not one of the name. */
  retype?(id: string): void;
  /** Makes accessible what somebody else shares, or inaccessible again; absent if nothing is shared. */
  changeAccess?(): void;
  renameFolder(folder: string, name: string): void;
  /** Puts a folder into another one that is not inside it; null for the top level. */
  moveFolder(folder: string, into: string | null): void;
  /** Removes a folder with its contents and creates an empty one in its place. */
  removeFolder(folder: string): void;
  /** Makes the positions of the change feed up to now invalid. */
  losePositions(): void;
  files(): readonly TrueFile[];
}

/** Makes an account of the soak that keeps its items in such a store. */
export function accountOf(
  email: string,
  signIn: () => object,
  plain: FileStore,
  { poisonNames = false }: { readonly poisonNames?: boolean } = {},
): SoakAccount {
  const store = poisonNames ? withPoison(plain) : plain;
  return {
    email,
    signIn,
    fill: (count, random) => {
      for (let n = 0; n < count; n++) addFile(store, random, folderNames[n % 7] ?? null);
    },
    change: (random) => change(store, random),
    truth: () => ({ kind: 'files', files: store.files() }),
  };
}

/** Some names contain characters that no database accepts; Headwater drops them, or shows a placeholder. */
function withPoison(store: FileStore): FileStore {
  return {
    ...store,
    add: (name, content, folder) =>
      store.add(name.includes('7') && isReadable(name) ? `${poison} ${name}` : name, content, folder),
    files: () => store.files().map((file) => ({ ...file, path: file.path.replaceAll('\0', '').toWellFormed() })),
  };
}

const types: Readonly<Record<string, string>> = {
  '.md': 'text/markdown',
  '.png': 'image/png',
  '.pdf': 'application/pdf',
};

export function typeOf(name: string): string {
  return types[extname(name)] ?? 'application/octet-stream';
}

/** Pictures and broken PDFs, which cannot be read. */
export function isReadable(path: string): boolean {
  return extname(path) === '.md';
}

/** Adds a file: mostly small texts, some long ones, some unreadable ones; most in folders. */
function addFile(store: FileStore, random: () => number, folder: string | null): void {
  const kind = random();
  const name = `${kind < 0.5 ? 'Größe' : 'note'} ${Math.floor(random() * 1e9)}`;
  if (kind < 0.03) store.add(`${name}.png`, name, folder);
  else if (kind < 0.05) store.add(`${name}.pdf`, 'no pdf', folder);
  else store.add(`${name}.md`, textOf(random), folder);
}

function change(store: FileStore, random: () => number): number {
  const files = store.files();
  const count = 1 + Math.floor(random() * Math.max(4, files.length * 0.02));
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const deleted = new Set<string>();
  for (let i = 0; i < count; i++) {
    const file = pick(files);
    if (file === undefined || deleted.has(file.id)) continue;
    const kind = random();
    if (kind < 0.3) store.update(file.id, textOf(random));
    else if (kind < 0.35) store.replace(file.id, textOf(random));
    else if (kind < 0.55) addFile(store, random, pick(folderNames) ?? null);
    else if (kind < 0.58) store.restore?.();
    else if (kind < 0.6) store.retype?.(file.id);
    else if (kind < 0.68) store.rename(file.id, `renamed ${Math.floor(random() * 1e9)}${extname(file.path)}`);
    else if (kind < 0.8) store.move(file.id, pick(folderNames) ?? '');
    else {
      deleted.add(file.id);
      store.remove(file.id, kind < 0.85);
    }
  }
  return count + changeSeldom(store, random);
}

/** Makes changes to whole folders, and to the feed itself. */
function changeSeldom(store: FileStore, random: () => number): number {
  const kind = random();
  const folder = folderNames[Math.floor(random() * folderNames.length)] ?? '';
  if (kind < 0.05) store.renameFolder(folder, `${folder} ${Math.floor(random() * 1e9)}`);
  else if (kind < 0.07) store.removeFolder(folder);
  else if (kind < 0.08) store.losePositions();
  else if (kind < 0.12) store.moveFolder(folder, folderNames[Math.floor(random() * (folderNames.length + 1))] ?? null);
  else if (kind < 0.16) store.changeAccess?.();
  return kind < 0.16 ? 1 : 0;
}

function textOf(random: () => number): string {
  const size = random();
  const length =
    size < 0.8 ? 200 + random() * 3000 : size < 0.98 ? 4000 + random() * 30_000 : 100_000 + random() * 300_000;
  return generateText(Math.floor(random() * 1e9), Math.floor(length));
}
