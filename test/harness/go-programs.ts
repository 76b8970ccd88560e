/**
 * Programs written in Go that tests run. Each is built once, in up to a minute, as Temporal's server is where it cannot be
 * downloaded.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';

const programs = {
  helm: { from: 'helm.sh/helm/v3/cmd/helm', version: '3.22.0' },
  kubeconform: { from: 'github.com/yannh/kubeconform/cmd/kubeconform', version: '0.8.0' },
  versitygw: { from: 'github.com/versity/versitygw/cmd/versitygw', version: '1.8.0' },
} as const;

export const hasGo = spawnSync('go', ['version']).status === 0;

/** @returns its path, in the cache or after building it there. @throws Error that says what is missing */
export async function findGoProgram(name: keyof typeof programs): Promise<string> {
  const { from, version } = programs[name];
  const file = join(cacheFolder, `${name}-${version}`);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) return file;
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, `${name}-`));
  try {
    const go = spawn('go', ['install', `${from}@v${version}`], {
      env: { ...process.env, GOBIN: folder },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [status] = (await once(go, 'close')) as [number | null];
    if (status !== 0) throw new Error(`Go could not build ${name}; its own lines above say why.`);
    await rename(join(folder, name), file);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
