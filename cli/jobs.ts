import { type Command, Option } from 'commander';
import { outcomes, plannedActions } from '../domain/contract.ts';
import { parseCount } from './arguments.ts';
import { followJob } from './follow.ts';
import { localTime, printItemHistory, printJob, printMore, printTable, whyOfItem } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater jobs`, `job`, `watch`, `items`, `report` and `history`: what syncs did. */
export function addJobCommands(program: Command, terminal: Terminal): void {
  addJobList(program, terminal);
  addSingleJob(program, terminal);
  addItems(program, terminal);
  addReport(program, terminal);
  addItemHistory(program, terminal);
}

function addJobList(program: Command, { api, output, find }: Terminal): void {
  program
    .command('jobs')
    .description('past and running jobs, newest first')
    .argument('[source]')
    .option('--limit <n>', 'how many', parseCount, 20)
    .option('--cursor <cursor>', 'continue after a previous page')
    .action(async (source: string | undefined, options: { limit: number; cursor?: string }) => {
      const dataSourceId = source === undefined ? undefined : (await find(source)).id;
      output(await api().listJobs({ dataSourceId, ...options }), ({ jobs, nextCursor }) => {
        printTable(
          jobs.map((j) => ({
            id: j.id,
            type: j.dryRun ? 'plan' : j.jobType,
            status: j.status,
            found: j.counts.found,
            created: j.counts.created,
            updated: j.counts.updated,
            unchanged: j.counts.unchanged,
            removed: j.counts.removed,
            skipped: j.counts.skipped,
            failed: j.counts.failed,
            started: localTime(j.startedAt),
          })),
          'No jobs yet: headwater sync NAME',
        );
        printMore(nextCursor);
      });
    });
}

function addSingleJob(program: Command, terminal: Terminal): void {
  const { api, output } = terminal;
  program
    .command('job')
    .description('one job')
    .argument('<job>')
    .action(async (id: string) => output(await api().getJob(id), printJob));
  program
    .command('watch')
    .description('follow a running job')
    .argument('<job>')
    .action(async (id: string) => await followJob(terminal, await api().getJob(id)));
}

function addItems(program: Command, { api, output }: Terminal): void {
  program
    .command('items')
    .description('list a job’s items with their outcomes')
    .argument('<job>')
    .addOption(new Option('--outcome <outcome>', 'what a sync did with them').choices(outcomes))
    .addOption(new Option('--planned <action>', 'of a plan: what a sync would do with them').choices(plannedActions))
    .option('--limit <n>', 'how many', parseCount, 50)
    .option('--cursor <cursor>', 'continue after a previous page')
    .action(async (id: string, options: { outcome?: string; planned?: string; limit: number; cursor?: string }) =>
      output(await api().listItems(id, options), ({ items, nextCursor }) => {
        printTable(
          items.map((i) => ({
            result: i.planned ?? i.outcome ?? i.state,
            path: i.path ?? i.externalId,
            why: whyOfItem(i),
          })),
          'No items to show (unchanged ones are only counted).',
        );
        printMore(nextCursor);
      }),
    );
}

function addReport(program: Command, { api, isJsonWanted }: Terminal): void {
  program
    .command('report')
    .description('write the report of an ended job, with the outcome of every item, to a file or another program')
    .argument('<job>')
    .addOption(new Option('--format <format>', 'csv, or with --json json').choices(['csv', 'json']))
    .action(async (id: string, options: { format?: string }) => {
      const format = options.format ?? (isJsonWanted() ? 'json' : 'csv');
      for await (const part of await api().report(id, format)) process.stdout.write(part);
    });
}

function addItemHistory(program: Command, { api, output, find }: Terminal): void {
  program
    .command('history')
    .description('the history of one item: when it was found, why it was skipped or failed, when it is retried')
    .argument('<source>')
    .argument('<item>', 'its path, or with --id its id at the source')
    .option('--id', "use the item's id at the source")
    .action(async (source: string, item: string, options: { id?: boolean }) => {
      const { id: dataSourceId } = await find(source);
      const key = options.id === true ? { externalId: item } : { path: item };
      output(await api().history({ dataSourceId, ...key }), printItemHistory);
    });
}
