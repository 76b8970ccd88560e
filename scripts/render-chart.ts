/**
 * `npm run chart`: renders the Helm chart with the values in `test/deploy/` into `*-rendered.yaml` beside them, which the
 * tests read. Needs `helm` 3 in the PATH, or its path in `HELM`; with `--check` it writes nothing and fails if a file is
 * outdated.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test', 'deploy');
const chart = join(root, 'deploy', 'helm', 'headwater');
let outdated = 0;

for (const name of ['small', 'full']) {
  const values = ['--values', join(folder, `${name}-values.yaml`)];
  helm(['lint', chart, '--strict', ...values]);
  const rendered = helm([
    'template',
    'headwater',
    chart,
    '--namespace',
    'headwater',
    '--kube-version',
    '1.31.0',
    ...values,
  ]);
  const file = join(folder, `${name}-rendered.yaml`);
  // The formatter of the project does not touch what helm writes, and neither do empty lines with spaces.
  const text = rendered.replaceAll(/[ \t]+$/gm, '');
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is outdated. Run \`npm run chart\`.`);
    outdated++;
  }
}
process.exit(outdated === 0 ? 0 : 1);

function helm(args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(process.env['HELM'] ?? 'helm', args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`helm ${args[0] ?? ''} failed: ${error?.message ?? `${stdout}${stderr}`}`);
}
