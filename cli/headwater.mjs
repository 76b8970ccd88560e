#!/usr/bin/env node
/** `npx headwater …` in the checkout: the same as `npm run headwater -- …`. */

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const run = join(dirname(fileURLToPath(import.meta.url)), '..', 'scripts', 'run.mjs');
const { status } = spawnSync(process.execPath, [run, 'cli/main.ts', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
