import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** A program of its own, because it needs the environment of the installation and not its API. */
const doctor = join(import.meta.dirname, '..', 'tools', 'doctor', 'main.ts');

/** `headwater doctor`: what is wrong with this installation, and what to do. */
export function addDoctorCommand(program: Command, { isJsonWanted }: Terminal): void {
  program
    .command('doctor')
    .description('check database, Temporal, worker, embedder, vendors and files, and say what to mend')
    .addHelpText(
      'after',
      '\nRun it where the API or a worker runs, with the same environment: it asks the services themselves, not the API.',
    )
    .action(() => {
      // Without an address of its own, the doctor asks at PUBLIC_URL.
      const isNamed = program.getOptionValueSource('url') !== 'default';
      const args = [
        '--disable-warning=ExperimentalWarning',
        doctor,
        ...(isJsonWanted() ? ['--json'] : []),
        ...(isNamed ? [`--url=${program.opts<{ readonly url: string }>().url}`] : []),
      ];
      process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
    });
}
