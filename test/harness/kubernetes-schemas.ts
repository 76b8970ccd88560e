/**
 * Kubernetes' own schemas for kubeconform, out of the wheel `kubernetes-validate` on PyPI (22 MB, fetched once): the place
 * from which kubeconform fetches them by itself may be out of reach.
 */

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';

const wheel = 'kubernetes-validate==1.37.0';
const kinds =
  /^(_definitions|(deployment|job|service|serviceaccount|ingress|networkpolicy|poddisruptionbudget|persistentvolumeclaim)-.*)\.json$/;

/** Writes the schemas of our kinds into a folder. @returns kubeconform's `-schema-location` */
export async function writeKubernetesSchemas(folder: string, version: string): Promise<string> {
  const from = join(await findSchemas(), `v${version}-local-strict`);
  for (const name of (await readdir(from)).filter((each) => kinds.test(each))) {
    // References lead to an address by the schema's id; kubeconform looks for the file beside it.
    const { $id: _id, ...schema } = JSON.parse(await readFile(join(from, name), 'utf8')) as { readonly $id?: string };
    await writeFile(
      join(folder, name),
      JSON.stringify(schema).replaceAll('"/api/_definitions.json', '"_definitions.json'),
    );
  }
  return `file://${folder}/{{ .ResourceKind }}{{ .KindSuffix }}.json`;
}

async function findSchemas(): Promise<string> {
  const cache = join(cacheFolder, wheel.replace('==', '-'));
  const schemas = join(cache, 'kubernetes_validate', 'kubernetes-json-schema');
  if ((await stat(schemas).catch(() => null)) !== null) return schemas;
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(`${cache}-`);
  try {
    python(['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '-d', folder, wheel]);
    const [file = ''] = await readdir(folder);
    python(['-m', 'zipfile', '-e', join(folder, file), folder]);
    await rm(join(folder, file));
    await rename(folder, cache).catch(() => undefined);
    return schemas;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function python(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('python3', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Python could not fetch ${wheel}: ${error?.message ?? stderr.trim()}`);
}
