/** `npm run check`: format, lint, types, unused code. All four run; any failure fails. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const checks = {
  format: ['oxfmt/bin/oxfmt', '--check', '.'],
  lint: ['oxlint/bin/oxlint', '--deny-warnings'],
  types: ['typescript/bin/tsc', '--noEmit'],
  'types of the page': ['typescript/bin/tsc', '--noEmit', '-p', 'web'],
  'unused code': ['knip/bin/knip.js'],
} as const;

let failed = 0;
for (const [name, [program, ...args]] of Object.entries(checks)) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
