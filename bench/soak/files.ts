/** The files of an account, and what happens to them. */

import { extname } from 'node:path/posix';
import { generateText } from '../../simulators/kit/words.ts';
import type { SoakAccount } from './vendors/vendor.ts';

const types: Readonly<Record<string, string>> = {
  '.md': 'text/markdown',
  '.png': 'image/png',
  '.pdf': 'application/pdf',
};

export function typeOf(name: string): string {
  return types[extname(name)] ?? 'application/octet-stream';
}

/** Pictures, and PDFs that are none, are made so that nobody can read them. */
export function isReadable(path: string): boolean {
  return extname(path) === '.md';
}

/** Mostly small texts, some long, some that nobody can read; most in folders. */
export function addFile(account: SoakAccount, chance: () => number, folder: string | null): void {
  const kind = chance();
  const name = `${kind < 0.5 ? 'Größe' : 'note'} ${Math.floor(chance() * 1e9)}`;
  if (kind < 0.03) account.add(`${name}.png`, name, folder);
  else if (kind < 0.05) account.add(`${name}.pdf`, 'no pdf', folder);
  else account.add(`${name}.md`, textOf(chance), folder);
}

/** Up to a few dozen changes of all kinds. @returns how many */
export function change(account: SoakAccount, chance: () => number): number {
  const files = account.truth();
  const count = 1 + Math.floor(chance() * Math.max(4, files.length * 0.02));
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(chance() * from.length)];
  const gone = new Set<string>();
  for (let i = 0; i < count; i++) {
    const file = pick(files);
    if (file === undefined || gone.has(file.id)) continue;
    const kind = chance();
    if (kind < 0.35) account.update(file.id, textOf(chance));
    else if (kind < 0.55) addFile(account, chance, pick(account.folders) ?? null);
    else if (kind < 0.68) account.rename(file.id, `renamed ${Math.floor(chance() * 1e9)}${extname(file.path)}`);
    else if (kind < 0.8) account.move(file.id, pick(account.folders) ?? '');
    else {
      gone.add(file.id);
      account.remove(file.id, kind < 0.85);
    }
  }
  return count + changeSeldom(account, chance);
}

/** What happens to whole folders, and to the feed itself. */
function changeSeldom(account: SoakAccount, chance: () => number): number {
  const kind = chance();
  const folder = account.folders[Math.floor(chance() * account.folders.length)] ?? '';
  if (kind < 0.05) account.renameFolder(folder, `${folder} ${Math.floor(chance() * 1e9)}`);
  else if (kind < 0.07) account.removeFolder(folder);
  else if (kind < 0.08) account.losePositions();
  return kind < 0.08 ? 1 : 0;
}

function textOf(chance: () => number): string {
  const size = chance();
  const length =
    size < 0.8 ? 200 + chance() * 3000 : size < 0.98 ? 4000 + chance() * 30_000 : 100_000 + chance() * 300_000;
  return generateText(Math.floor(chance() * 1e9), Math.floor(length));
}
