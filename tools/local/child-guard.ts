/**
 * Runs a program that must not outlive its parent. `children.ts` forks it with a channel; when the channel closes,
 * however the parent ended, it stops the program. `node child-guard.ts PROGRAM ARGS…`
 */

import { spawn } from 'node:child_process';

const [program = '', ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
child.once('error', () => process.exit(127));
child.once('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)));
process.send?.({ pid: child.pid });
for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(event, () => child.kill('SIGTERM'));
