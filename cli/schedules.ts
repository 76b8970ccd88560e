import { Argument, type Command } from 'commander';
import { scheduleTypes } from '../domain/schedules.ts';
import type { ScheduledSync } from './api-client.ts';
import { parseJson } from './arguments.ts';
import { localTime, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater schedules …`: recurring syncs. */
export function addScheduleCommands(program: Command, terminal: Terminal): void {
  const { api, output, find, isJsonWanted } = terminal;
  const showSchedules = async (answer: ScheduledSync | readonly ScheduledSync[]): Promise<void> => {
    const names = new Map(isJsonWanted() ? [] : (await api().listSources()).map(({ id, name }) => [id, name]));
    output(answer, () => print([answer].flat(), names));
  };
  const schedules = program.command('schedules').description('recurring syncs: list, add, pause, delete');

  schedules
    .command('list', { isDefault: true })
    .description('all recurring syncs with their next run')
    .argument('[source]')
    .action(async (source: string | undefined) => {
      const dataSourceId = source === undefined ? undefined : (await find(source)).id;
      await showSchedules(await api().listSchedules({ dataSourceId }));
    });

  schedules
    .command('add')
    .description(`a recurring sync; types: ${scheduleTypes.join(', ')}`)
    .argument('<source>')
    .addArgument(new Argument('<type>').choices(scheduleTypes))
    .argument(
      '<config>',
      'as JSON: {"hour":3,"timeZone":"Europe/Berlin"}, {"everyMinutes":30}, {"expression":"0 6 * * 1-5"}',
      parseJson,
    )
    .option('--dry-run', 'only show when it would run')
    .action(async (source: string, scheduleType: string, scheduleConfig: object, options: { dryRun?: boolean }) => {
      if (options.dryRun === true) {
        const showRuns = (runs: string[]): void => runs.forEach((at) => console.log(localTime(at)));
        output(await api().previewSchedule({ scheduleType, scheduleConfig }), showRuns);
        return;
      }
      const dataSourceId = (await find(source)).id;
      await showSchedules(await api().createSchedule({ dataSourceId, scheduleType, scheduleConfig }));
    });
  addSwitches(schedules, terminal, showSchedules);
}

function addSwitches(
  schedules: Command,
  { api, output }: Terminal,
  showSchedules: (answer: ScheduledSync) => Promise<void>,
): void {
  for (const [verb, isActive] of [
    ['pause', false],
    ['resume', true],
  ] as const) {
    schedules
      .command(verb)
      .description(isActive ? 'resume it' : 'pause it')
      .argument('<schedule>')
      .action(async (id: string) => await showSchedules(await api().updateSchedule({ id, isActive })));
  }

  schedules
    .command('delete')
    .argument('<schedule>')
    .action(async (id: string) => output(await api().deleteSchedule({ id }), () => console.log('Deleted.')));
}

function print(rows: readonly ScheduledSync[], names: ReadonlyMap<string, string>): void {
  printTable(
    rows.map((row) => ({
      id: row.id,
      source: names.get(row.dataSourceId) ?? row.dataSourceId,
      type: row.scheduleType,
      config: JSON.stringify(row.scheduleConfig),
      state: row.isActive && row.pausedReason === null ? 'on' : 'paused',
      'next run': localTime(row.nextRunAt),
      'last run': localTime(row.lastRunAt),
    })),
    'No recurring syncs yet: headwater schedules add SOURCE daily \'{"hour":3}\'',
  );
  for (const { id, pausedReason } of rows) if (pausedReason !== null) console.log(`${id}: ${pausedReason}`);
}
