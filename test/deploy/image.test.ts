/**
 * The image, as far as it can be built without a container engine: its packages and files are put together as the
 * Dockerfile says, its steps are run, and its programs start.
 */

import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
/** On the same disk, so that packages are linked instead of copied; git ignores the folder. */
const image = join(root, '.headwater', `image-${process.pid}`);
/** debian:bookworm-slim (75 MB) with certificates; Node is counted beside it. Measured by an engine: docs/decisions/44. */
const debianMb = 85;

const steps = read('Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()] as const);
const last = steps.slice(steps.findLastIndex(([name]) => name === 'FROM'));
const stageOf = (name: string): typeof steps => {
  const start = steps.findIndex(([step, rest]) => step === 'FROM' && rest.endsWith(` AS ${name}`));
  const length = steps.slice(start + 1).findIndex(([step]) => step === 'FROM');
  return steps.slice(start, start + 1 + length);
};
const all = (name: string, of = last): string[] => of.filter(([each]) => each === name).map(([, rest]) => rest);

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

describe('the Dockerfile', () => {
  test('installs production dependencies alone, and runs as nobody with rights', () => {
    const installs = all('RUN', stageOf('packages')).filter((step) => /npm (ci|install)/.test(step));
    expect(installs).toEqual([expect.stringMatching(/^npm ci --omit=dev .*node scripts\/prune-image\.ts$/)]);
    expect(all('RUN').filter((step) => step.includes('npm'))).toEqual([]);
    const copied = all('COPY').filter((step) => step.startsWith('--from') || step.includes('node_modules'));
    expect(copied.map((step) => step.split(' ').slice(0, 2).join(' '))).toEqual([
      '--from=packages /usr/local/bin/node',
      '--from=packages /app/node_modules',
      '--from=page /app/web/dist',
      '--from=packages /app/sbom.json',
    ]);
    expect(all('USER')).toEqual(['node']);
    const afterwards = last.slice(last.findIndex(([name]) => name === 'USER')).map(([name]) => name);
    for (const step of ['RUN', 'COPY', 'ADD']) expect(afterwards).not.toContain(step);
    expect(all('ENV')).toContain('NODE_ENV=production');
  });

  test('takes Node from the major version that package.json names, on the same Debian in every stage', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    const node = `node:${devDependencies.node.split('.', 1)[0]}-bookworm-slim`;
    expect(all('FROM', steps).map((from) => from.split(' ', 1)[0])).toEqual([node, node, 'debian:bookworm-slim']);
  });

  test('names files that exist, and secrets are not copied', () => {
    const copied = all('COPY', steps).filter((step) => !step.startsWith('--from'));
    for (const name of copied.flatMap((step) => step.split(' ').slice(0, -1)))
      expect([name, existsSync(join(root, name))]).toEqual([name, true]);
    for (const name of steps.flatMap(([, step]) => [...step.matchAll(/scripts\/[\w-]+\.ts/g)].map(String)))
      expect([name, existsSync(join(root, name))]).toEqual([name, true]);
    expect(read('.dockerignore').split('\n')).toEqual(
      expect.arrayContaining(['.git', '.env', '.headwater', 'node_modules']),
    );
  });
});

const isLinux = process.platform === 'linux';
(isLinux ? describe : describe.skip)('what is in the image', () => {
  beforeAll(() => {
    linkPackages();
    copyFiles();
  }, 300_000);
  afterAll(() => rmSync(image, { recursive: true, force: true }));

  test('is less than 500 MB', async () => {
    const { stdout } = await run('scripts/prune-image.ts');
    expect(stdout).toMatch(/^\d+ MB deleted/);
    const [bytes] = spawnSync('du', ['-sb', image], { encoding: 'utf8' }).stdout.split('\t');
    const nodeBytes = statSync(join(root, 'node_modules', 'node', 'bin', 'node')).size;
    expect(debianMb + (nodeBytes + Number(bytes)) / 1e6).toBeLessThan(500);
  }, 300_000);

  test('builds the workflow bundle, and loads every module of the programs', async () => {
    expect((await run('scripts/bundle-workflows.ts')).stdout).toContain('The workflow bundle is ready');
    const rooms = ['domain', 'platform', 'db', 'sources', 'content', 'jobs', 'activities', 'api', 'composition'];
    const load = `
      import { readdirSync } from 'node:fs';
      for (const room of ${JSON.stringify(rooms)})
        for (const file of readdirSync(room, { recursive: true }))
          if (file.endsWith('.ts') && !/-(thread|process)\\.ts$/.test(file)) await import(process.cwd() + '/' + room + '/' + file);
      process.exit(0);`;
    await run('--input-type=module', '--eval', load);
  }, 300_000);

  test.each(['server.ts', 'worker.ts', 'scripts/migrate.ts', 'scripts/rotate-keys.ts'])(
    '%s starts, and says what it lacks',
    async (program) => {
      await expect(run(program)).rejects.toMatchObject({ stderr: expect.stringMatching(/^headwater: DATABASE_URL\b/) });
    },
    300_000,
  );

  test('has the command line with its doctor', async () => {
    expect((await run('cli/main.ts', '--help')).stdout).toContain('doctor');
    // It has failed, because no API runs.
    await expect(run('tools/doctor/main.ts', '--json')).rejects.toMatchObject({
      stdout: expect.stringContaining('"check": "keys"'),
    });
  }, 300_000);
});

/** What `npm ci --omit=dev` installs. */
function linkPackages(): void {
  const { packages } = JSON.parse(read('package-lock.json')) as Lockfile;
  const names = Object.entries(packages)
    .filter(([path, { dev }]) => path.startsWith('node_modules/') && dev !== true && existsSync(join(root, path)))
    .map(([path]) => path)
    .filter((path) => path.lastIndexOf('node_modules/') === 0);
  mkdirSync(image, { recursive: true });
  const { status, stderr } = spawnSync('cp', ['-al', '--parents', ...names, image], { cwd: root, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}

/** `COPY . .`, without what .dockerignore names. */
function copyFiles(): void {
  const { stdout } = spawnSync('git', ['-c', 'core.quotepath=off', 'ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  const ignored = read('.dockerignore').split('\n').filter(Boolean);
  const isIgnored = (file: string): boolean =>
    ignored.some((pattern) =>
      pattern.startsWith('**/*') ? file.endsWith(pattern.slice(4)) : `${file}/`.startsWith(`${pattern}/`),
    );
  for (const file of stdout.split('\0').filter((name) => name !== '' && !isIgnored(name))) {
    if (!existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(image, file)), { recursive: true });
    cpSync(join(root, file), join(image, file));
  }
}

/** Runs a program with the environment of the image, and a model that is not fetched. What one has compiled, the next ones load. */
async function run(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const own = { NODE_ENV: 'production', DATA_DIR: join(image, 'data'), EMBEDDING_MODEL: 'local-lexical-384' };
  const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(image, 'data', 'compiled'), ...own };
  return await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: image,
    env,
  });
}
