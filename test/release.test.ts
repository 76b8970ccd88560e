/** A release: one version everywhere, notes for its users, and nothing in the image whose license forbids using it. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { version } from '../platform/version.ts';

const root = join(import.meta.dirname, '..');
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const { dependencies } = JSON.parse(read('package.json')) as { readonly dependencies: object };
const versionIn = (...path: string[]): string => (JSON.parse(read(...path)) as { readonly version: string }).version;

test('program, clients, chart and lockfile have one version, and the changelog begins with it', () => {
  const chart = parse(read('deploy', 'helm', 'headwater', 'Chart.yaml')) as Record<string, string>;
  expect([versionIn('package-lock.json'), versionIn('client', 'package.json')]).toEqual([version, version]);
  expect([chart['version'], chart['appVersion']]).toEqual([version, version]);
  const python = /^version = "(.*)"$/m.exec(read('client', 'python', 'pyproject.toml'))?.[1];
  expect(python).toBe(version.replace('-rc.', 'rc'));
  expect(/^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version);
});

const permissive = /^(MIT|MIT-0|Apache-2\.0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD|BlueOak-1\.0\.0|Unlicense)$/;
/**
 * Their lockfile entries name none of these: builds of swc for other machines (Apache-2.0, as swc itself), browsers' data
 * (CC-BY-4.0), and two packages whose LICENSE files are the Unlicense and BSD.
 */
const checkedByHand = /^(@swc\/core-.*|caniuse-lite|unionfs|url-template)$/;

interface Component {
  readonly name: string;
  readonly licenses?: readonly { readonly license?: { readonly id?: string }; readonly expression?: string }[];
}

test('the bill of materials names every package of the image, each with a permissive license, and none of the tests', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'sbom.ts')], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect([status, stderr]).toEqual([0, '']);
  const { components } = JSON.parse(stdout) as { readonly components: readonly Component[] };
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  for (const name of ['jest', 'vite', 'oidc-provider']) expect(names).not.toContain(name);
  const others = components.filter(
    ({ name, licenses = [] }) => !checkedByHand.test(name) && !licenses.some(isPermissive),
  );
  expect(others.map(({ name }) => name)).toEqual([]);
}, 60_000);

/** One license, or one of several: `(MIT OR CC0-1.0)`. */
function isPermissive({ license, expression = '' }: NonNullable<Component['licenses']>[number]): boolean {
  return [license?.id ?? '', ...expression.replaceAll(/[()]/g, '').split(' OR ')].some((id) => permissive.test(id));
}
