import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findWorkflowBundle } from './workflow-bundle.ts';

const checkout = join(import.meta.dirname, '..');
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'headwater-bundle-'));
  for (const name of ['workflows', 'domain', 'package-lock.json', 'package.json'])
    await cp(join(checkout, name), join(root, name), { recursive: true });
  await symlink(join(checkout, 'node_modules'), join(root, 'node_modules'));
});
afterAll(async () => await rm(root, { recursive: true, force: true }));

const pathOf = async (): Promise<string> => {
  const bundle = await findWorkflowBundle({ root, folder: join(root, 'bundles') });
  return 'codePath' in bundle ? bundle.codePath : 'not kept';
};

test('a bundle is built once for the same sources, and again for others', async () => {
  const first = await pathOf();
  const built = await stat(first);
  expect(await readFile(first, 'utf8')).toContain('syncPage');
  expect(await pathOf()).toBe(first);
  expect((await stat(first)).mtimeMs).toBe(built.mtimeMs);

  await writeFile(join(root, 'domain', 'guard.ts'), '\n// changed\n', { flag: 'a' });
  expect(await pathOf()).not.toBe(first);
}, 120_000);
