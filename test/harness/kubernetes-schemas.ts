/**
 * Kubernetes' own schemas, which the wheel `kubernetes-validate` on PyPI contains (22 MB, fetched once): the places from
 * which other validators fetch them may be out of reach.
 */

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

const wheel = 'kubernetes-validate==1.37.0';

/** @returns a validator by kind, which refuses unknown fields; undefined for kinds that are not Kubernetes' own */
export async function kubernetesSchemas(
  version: string,
): Promise<(resource: { readonly apiVersion: string; readonly kind: string }) => ValidateFunction | undefined> {
  const folder = join(await findSchemas(), `v${version}-local-strict`);
  const read = async (name: string): Promise<object> =>
    JSON.parse(await readFile(join(folder, name), 'utf8')) as object;
  const names = await readdir(folder);
  // Formats such as int32 say nothing that matters here.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: true });
  ajv.addSchema(await read('_definitions.json'), '_definitions.json');
  const schemas = new Map<string, ValidateFunction>();
  for (const name of names.filter((each) =>
    /^(deployment|job|service|serviceaccount|ingress|networkpolicy|poddisruptionbudget|persistentvolumeclaim)-/.test(
      each,
    ),
  ))
    schemas.set(name, ajv.compile(await read(name)));
  return ({ apiVersion, kind }) => {
    const [group = '', apiVersionOfGroup] = apiVersion.split('/');
    const suffix = apiVersionOfGroup === undefined ? group : `${group.split('.')[0] ?? ''}-${apiVersionOfGroup}`;
    return schemas.get(`${kind.toLowerCase()}-${suffix}.json`);
  };
}

async function findSchemas(): Promise<string> {
  const parent = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'headwater');
  const cache = join(parent, wheel.replace('==', '-'));
  const schemas = join(cache, 'kubernetes_validate', 'kubernetes-json-schema');
  if ((await stat(schemas).catch(() => null)) !== null) return schemas;
  await mkdir(parent, { recursive: true });
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
