import type { Command } from 'commander';
import type { ApiClient, Job, UnseenItem } from './api-client.ts';
import { parseCount } from './arguments.ts';
import { printable, printJob, printMore, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

interface HeldItems {
  readonly items: readonly UnseenItem[];
  readonly nextCursor: string | null;
}

/** `headwater held …`: removals that wait for a decision, item by item. */
export function addHeldCommands(program: Command, { api, output }: Terminal): void {
  const held = program.command('held').description('removals that wait for your decision: list, approve, keep');

  held
    .command('list', { isDefault: true })
    .description('all jobs that wait for a decision; with a job, each item that it would remove')
    .argument('[job]')
    .option('--limit <n>', 'how many items', parseCount, 50)
    .option('--cursor <cursor>', 'continue after a previous page')
    .action(async (job: string | undefined, options: { limit: number; cursor?: string }) => {
      if (job === undefined) {
        const names = await namesOf(api());
        output(await listHeld(api()), (jobs) => printHeld(jobs, names));
      } else output(await api().listRemovals(job, options), printItems);
    });

  for (const [verb, description] of [
    ['approve', 'remove these documents from Headwater; nothing changes at the source'],
    ['keep', 'keep these documents; the next full listing asks again'],
  ] as const) {
    held
      .command(verb)
      .description(description)
      .argument('<job>')
      .action(async (job: string) => output(await api().sendJobUpdate(job, verb), printJob));
  }
}

async function listHeld(api: ApiClient): Promise<Job[]> {
  const held: Job[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.listJobs({ status: 'running', limit: 200, cursor });
    held.push(...page.jobs.filter((job) => job.progress?.waitingFor?.reason === 'approval'));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return held;
}

async function namesOf(api: ApiClient): Promise<ReadonlyMap<string, string>> {
  return new Map((await api.listSources()).map(({ id, name }) => [id, name]));
}

function printHeld(jobs: readonly Job[], names: ReadonlyMap<string, string>): void {
  printTable(
    jobs.map(({ id, dataSourceId, removals }) => ({
      job: id,
      source: names.get(dataSourceId) ?? dataSourceId,
      'would remove': removals === null ? null : `${removals.count} of ${removals.of}`,
    })),
    'No removals wait for a decision.',
  );
  if (jobs.length > 0) console.log('What they would remove: headwater held list JOB');
}

function printItems({ items, nextCursor }: HeldItems): void {
  for (const { path, name } of items) console.log(printable(path === '' ? name : path));
  printMore(nextCursor);
}
