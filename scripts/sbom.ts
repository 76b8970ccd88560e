/**
 * `npm run --silent sbom > sbom.json`: the packages that the image contains, as CycloneDX. `npm sbom --omit=dev` leaves out
 * those that a package for development needs too, Temporal's among them, so npm is shown a manifest without any.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Manifest {
  readonly devDependencies?: object;
}
interface Lockfile {
  readonly packages: Readonly<Record<string, Manifest & { readonly dev?: boolean }>>;
}

const root = join(import.meta.dirname, '..');
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));

const lock = read('package-lock.json') as Lockfile;
const packages = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
const manifests = {
  'package.json': withoutDevelopment(read('package.json') as Manifest),
  'package-lock.json': {
    ...lock,
    packages: Object.fromEntries(packages.map(([path, one]) => [path, path === '' ? withoutDevelopment(one) : one])),
  },
};

const folder = mkdtempSync(join(tmpdir(), 'headwater-sbom-'));
try {
  for (const [name, manifest] of Object.entries(manifests)) writeFileSync(join(folder, name), JSON.stringify(manifest));
  const args = ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function withoutDevelopment(manifest: Manifest): object {
  return { ...manifest, devDependencies: {} };
}
