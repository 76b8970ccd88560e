import type { Command } from 'commander';
import type { ApiClient, VectorOperation } from './api-client.ts';
import { createLines } from './progress-lines.ts';
import type { Terminal } from './terminal.ts';

const pollMs = 500;

/** `headwater vectors …`, for operators. */
export function addVectorCommands(program: Command, { api, output }: Terminal): void {
  const vectors = program.command('vectors').description('for operators: vectors of all users and their stores');
  vectors
    .command('verify')
    .description('compare Postgres with the vector stores and repair the differences')
    .option('--dry-run', 'only count')
    .action(async (options: { dryRun?: boolean }) =>
      output(await follow(await api().verifyVectors({ dryRun: options.dryRun ?? false }), api()), (done) =>
        print(done, options.dryRun === true ? 'Compared' : 'Compared and repaired'),
      ),
    );
  vectors
    .command('move')
    .description('move all vectors to the configured store and model; searches continue meanwhile')
    .option('--detach', 'start it and return at once')
    .action(async (options: { detach?: boolean }) => {
      const started = await api().moveVectors();
      output(options.detach === true ? started : await follow(started, api()), (done) => print(done, 'Moved'));
    });
  vectors
    .command('status')
    .description('show the progress of the last one')
    .argument('<operation>', 'verify or move')
    .action(async (name: string) => output(await api().getVectorOperation(name), (done) => print(done, 'Done')));
}

/** Watches to the end. If it fails, the exit code is 1. */
async function follow({ name }: VectorOperation, api: ApiClient): Promise<VectorOperation> {
  const lines = createLines();
  const ended = await api.waitForVectorOperation(name, {
    pollMs,
    onProgress: (now) => now.status === 'running' && lines.say(lineOf(now)),
    onOutage: lines.away,
  });
  if (ended.status === 'failed') process.exitCode = 1;
  return ended;
}

function print(operation: VectorOperation, done: string): void {
  if (operation.status === 'failed')
    console.log(`The operation failed. The Temporal Web UI shows why: vectors/${operation.name}`);
  else console.log(`${operation.status === 'running' ? 'Running' : done}: ${lineOf(operation)}`);
}

function lineOf({ counts }: VectorOperation): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
