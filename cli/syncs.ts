import { type Command, Option } from 'commander';
import { jobTypes } from '../domain/contract.ts';
import { followJob } from './follow.ts';
import { printJob } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater sync` and `headwater plan`: start a job and follow it. */
export function addSyncCommands(program: Command, terminal: Terminal): void {
  const { api, output, find } = terminal;
  program
    .command('sync')
    .description('sync a source and show the progress')
    .argument('<source>')
    .addOption(
      new Option('--type <type>', 'full_sync compares everything, delta and incremental are cheap')
        .choices(jobTypes)
        .default('incremental'),
    )
    .option('--ids <externalId...>', 'only these items, changed or not (with --type manual)')
    .option('--detach', 'start it and return at once')
    .action(async (source: string, options: { type: string; ids?: string[]; detach?: boolean }) => {
      const job = await api().startJob({
        dataSourceId: (await find(source)).id,
        jobType: options.type,
        ...(options.ids === undefined ? {} : { externalIds: options.ids }),
      });
      if (options.detach === true) output(job, printJob);
      else await followJob(terminal, job);
    });

  program
    .command('plan')
    .description('show what a sync would create, update and remove, and what it would cost')
    .argument('<source>')
    .addOption(new Option('--type <type>').choices(jobTypes).default('full_sync'))
    .action(
      async (source: string, options: { type: string }) =>
        await followJob(
          terminal,
          await api().startJob({ dataSourceId: (await find(source)).id, jobType: options.type, dryRun: true }),
        ),
    );
}
