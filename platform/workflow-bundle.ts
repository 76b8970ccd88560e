/**
 * The workflow code as Temporal's sandbox loads it. Bundling takes seconds of CPU and is deterministic for the same
 * sources.
 */

import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleOptions, bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';

/** The input of a bundle: our own folders, and the exact versions of all packages. */
const sourceFolders = ['workflows', 'domain'];
const lockFile = 'package-lock.json';

type Plugins = readonly NonNullable<BundleOptions['plugins']>[number][];

export interface WorkflowBundleOptions {
  /** Plugins may add modules of their own to it. */
  readonly plugins?: Plugins;
  /** The checkout, and where bundles are stored; tests pass their own. */
  readonly root?: string;
  readonly folder?: string;
}

/**
 * Returns the bundle that was built in advance for exactly these sources (by `scripts/bundle-workflows.ts`, a Docker
 * image or an earlier start). Otherwise builds it and stores it for the next start. An outdated bundle has another name
 * and is never used.
 */
export async function findWorkflowBundle(options: WorkflowBundleOptions = {}): Promise<WorkflowBundleOption> {
  const { plugins = [], root = join(import.meta.dirname, '..') } = options;
  const { folder = join(root, 'node_modules', '.cache', 'headwater') } = options;
  const codePath = join(folder, `workflows-${await keyOf(root, plugins)}.js`);
  if (await exists(codePath)) return { codePath };
  const workflowsPath = join(root, 'workflows', 'index.ts');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    plugins: [...plugins],
    logger: new DefaultLogger('WARN'),
  });
  return (await keep(folder, codePath, code)) ? { codePath } : { code };
}

async function keyOf(root: string, plugins: Plugins): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const { name } of plugins) hash.update(`\0${name}`);
  const files = await Promise.all(sourceFolders.map((folder) => sourcesIn(root, folder)));
  for (const file of [lockFile, ...files.flat().toSorted()]) {
    hash.update(`\0${file}\0`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex').slice(0, 24);
}

async function sourcesIn(root: string, folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((name) => `${folder}/${name}`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** @returns false if the folder is read-only, as in an image; the code is then used without storing it */
async function keep(folder: string, path: string, code: string): Promise<boolean> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(beside, code);
    // Several workers may start at the same time, so the file is renamed into place as a whole.
    await rename(beside, path);
    return true;
  } catch {
    return false;
  }
}
