import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';

const brotli = promisify(brotliCompress);
const root = join(import.meta.dirname, '..', '..');
const web = join(root, 'web');
const built = join(web, 'dist');
const marker = join(built, 'built-from');

/** Checks whether the page is built, from the current sources. */
export async function isPageBuilt(): Promise<boolean> {
  const from = await readFile(marker, 'utf8').catch(() => null);
  return from !== null && from === (await hashOfSources());
}

/**
 * Builds the page beside the old one and replaces that when it is complete: a build that is killed leaves the old one, and
 * one that another program completes meanwhile stays.
 * @throws Error if the build fails; Vite's own output says why
 */
export async function buildPage(): Promise<void> {
  const hash = await hashOfSources();
  const building = join(web, `.building-${process.pid}`);
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, 'build', web, '--outDir', building], {
    // Vite lists every file that it writes; only what goes wrong is of interest.
    stdio: ['ignore', 'ignore', 'inherit'],
    // In a test this would be "test", which would build a development page.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The web page could not be built. The output above says why.');
  await compressAssets(join(building, 'assets'));
  await writeFile(join(building, 'built-from'), hash);
  if (await isPageBuilt()) {
    await rm(building, { recursive: true, force: true });
    return;
  }
  await rm(built, { recursive: true, force: true });
  await rename(building, built);
}

/** Writes a Brotli file beside each asset, which the API sends to browsers that accept it, so that nothing is compressed per request. */
async function compressAssets(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    await writeFile(`${path}.br`, await brotli(await readFile(path)));
  }
}

/** The hash of the page's own files and of the versions it is built with. */
async function hashOfSources(): Promise<string> {
  const names = await readdir(web, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(join(web, 'dist')) && !path.startsWith(join(web, '.building')))
    .toSorted();
  const hash = createHash('sha256');
  for (const path of [...files, join(root, 'package-lock.json')]) {
    hash.update(path.slice(root.length));
    hash.update(await readFile(path));
  }
  return hash.digest('hex');
}
