/** Prometheus' `promtool`: from the PATH, or out of Debian's package, which is fetched once (19 MB) and not installed. */

import { spawnSync } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';

/** @returns null where there is neither a promtool nor a Debian that has it */
export async function findPromtool(): Promise<string | null> {
  if (succeeds('promtool', ['--version'])) return 'promtool';
  const file = join(cacheFolder, 'promtool');
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  return isThere || (await fetchPackage(file)) ? file : null;
}

async function fetchPackage(file: string): Promise<boolean> {
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, 'promtool-'));
  const isFetched = (): boolean => succeeds('apt-get', ['download', 'prometheus'], folder);
  try {
    // Where the lists of packages are missing, they are fetched first.
    if (!isFetched() && !(succeeds('apt-get', ['update'], folder) && isFetched())) return false;
    const [name = ''] = await readdir(folder);
    if (!succeeds('dpkg-deb', ['--extract', name, 'contents'], folder)) return false;
    await copyFile(join(folder, 'contents', 'usr', 'bin', 'promtool'), `${folder}.new`);
    await rename(`${folder}.new`, file);
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function succeeds(command: string, args: readonly string[], cwd = '.'): boolean {
  return spawnSync(command, args, { cwd, stdio: 'ignore', timeout: 120_000 }).status === 0;
}
