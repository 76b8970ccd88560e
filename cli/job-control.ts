import type { Command } from 'commander';
import { parseSpeed } from './arguments.ts';
import { printJob } from './print.ts';
import type { Terminal } from './terminal.ts';

const verbs = {
  pause: 'start no new work until resume',
  resume: 'continue after a pause',
  approve: 'approve the removals of a held job',
  keep: 'keep the items that a held job would remove',
  retry: 'start a new job for all failed items of this job’s source',
} as const;

/** `headwater pause`, `resume`, `approve`, `keep`, `retry`, `speed` and `cancel`: control of a running job. */
export function addJobControlCommands(program: Command, { api, output }: Terminal): void {
  for (const [verb, description] of Object.entries(verbs) as [keyof typeof verbs, string][]) {
    program
      .command(verb)
      .description(description)
      .argument('<job>')
      .action(async (id: string) => output(await api().sendJobUpdate(id, verb), printJob));
  }
  program
    .command('speed')
    .description('change the speed of a running job; "usual" removes a limit')
    .argument('<job>')
    .option('--pages <n>', 'pages processed concurrently, 1 to 16', parseSpeed)
    .option('--per-second <n>', 'calls to the vendor per second', parseSpeed)
    .action(async (id: string, { pages, perSecond }: { pages?: number | null; perSecond?: number | null }) =>
      output(await api().changeSpeed(id, { pagesAtOnce: pages, requestsPerSecond: perSecond }), printJob),
    );
  program
    .command('cancel')
    .description('stop a job; finished work is kept')
    .argument('<job>')
    .action(async (id: string) => output(await api().cancelJob(id), printJob));
}
