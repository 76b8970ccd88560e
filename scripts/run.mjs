/**
 * What every npm script goes through, on whatever Node (20 or newer) the machine has: installs what the lockfile names when
 * it is missing or has changed, then runs the given script on Node 24, which the lockfile brings along. No dependencies.
 */

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const marker = join(root, 'node_modules', '.headwater-installed');
const node24 = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const [script, ...args] = process.argv.slice(2);

function fail(message) {
  console.error(`\nheadwater: ${message}`);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node ${process.versions.node} is too old; install Node 20 or newer.`);
if (script === undefined) fail('usage: node scripts/run.mjs SCRIPT [ARGS]');

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const installed = existsSync(marker) ? readFileSync(marker, 'utf8') : '';
if (installed !== lock || !existsSync(node24)) install();

function install() {
  console.error('headwater: installing what package-lock.json names, once: about a minute, 1.2 GB …');
  const started = Date.now();
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0)
    fail('npm ci failed; its own lines above say why. Check the network and the free disk space (1.2 GB).');
  if (!existsSync(node24)) {
    fail(
      'Node 24 is missing although it was installed: npm was told to ignore install scripts. Run `npm rebuild node --ignore-scripts=false`, then again.',
    );
  }
  writeFileSync(marker, lock);
  console.error(`headwater: installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

// Node modules that Node itself runs (jest, tsc) are given as a path below node_modules; the rest are our own files.
// Programs start in a third of the time when Node finds its compiled code; a folder that is not writable does no harm.
const compileCache = join(root, 'node_modules', '.cache', 'headwater', 'programs');
const child = spawn(node24, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
  cwd: process.env.INIT_CWD && script.startsWith('cli/') ? process.env.INIT_CWD : root,
  stdio: 'inherit',
  env: {
    NODE_COMPILE_CACHE: compileCache,
    ...process.env,
    PATH: `${dirname(node24)}${delimiter}${process.env.PATH ?? ''}`,
  },
});
// The terminal sends Ctrl-C to the child as well; it decides when it is done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
