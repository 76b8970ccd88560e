import { type Command, Option } from 'commander';
import { sourceTypes } from '../domain/source.ts';
import type { DataSource } from './api-client.ts';
import { parseJson } from './arguments.ts';
import { followDeletion } from './follow.ts';
import { localTime, printable, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

const yesOrNo = ['yes', 'no'];

interface SourceChange {
  readonly name?: string;
  readonly config?: object;
  readonly every?: string;
  readonly active?: string;
  readonly realTime?: string;
}

/** `headwater sources …`: what is synced, and how. */
export function addSourceCommands(program: Command, terminal: Terminal): void {
  const sources = program.command('sources').description('data sources: list, add, show, update, delete');
  addList(sources, terminal);
  addCreation(sources, terminal);
  addSettings(sources, terminal);
  addDeletion(sources, terminal);
}

function addList(sources: Command, { api, output }: Terminal): void {
  sources
    .command('list', { isDefault: true })
    .description('all sources with their state')
    .action(async () => output(await api().listSources(), printSources));
}

function addCreation(sources: Command, { api, output }: Terminal): void {
  sources
    .command('add')
    .description(`a new source; types: ${sourceTypes.join(', ')}`)
    .argument('<name>')
    .argument('<type>')
    .option('--config <json>', 'what to sync, as JSON: {"path":"/home/ana/notes"}', parseJson, {})
    .option('--every <frequency>', 'manual, hourly, daily or weekly', 'manual')
    .action(async (name: string, sourceType: string, options: { config: object; every: string }) =>
      output(
        await api().createSource({ name, sourceType, config: options.config, syncFrequency: options.every }),
        (s) => {
          console.log(`${printable(s.name)} (${s.id}): ${stateOf(s)}`);
          if (s.connectionStatus === 'disconnected') console.log(`Next: headwater connect "${printable(s.name)}"`);
          else console.log(`Next: headwater sync "${printable(s.name)}"`);
        },
      ),
    );
}

function addSettings(sources: Command, { api, output, find }: Terminal): void {
  sources
    .command('show')
    .description('one source with its settings and its state')
    .argument('<source>')
    .action(async (source: string) => output(await find(source), printSource));

  sources
    .command('update')
    .description('change its name, what is synced and how often, real-time updates, or whether it is synced at all')
    .argument('<source>')
    .option('--name <name>')
    .option('--config <json>', 'what to sync, as JSON; replaces the whole of it', parseJson)
    .addOption(new Option('--every <frequency>').choices(['manual', 'hourly', 'daily', 'weekly']))
    .addOption(new Option('--active <yes|no>', 'no: it is not synced, and its schedules pause').choices(yesOrNo))
    .addOption(
      new Option('--real-time <yes|no>', 'get updates in real time: creates a subscription at the vendor').choices(
        yesOrNo,
      ),
    )
    .action(async (source: string, change: SourceChange) =>
      output(
        await api().updateSource({
          id: (await find(source)).id,
          name: change.name,
          config: change.config,
          syncFrequency: change.every,
          isActive: isYes(change.active),
          changeNotificationsEnabled: isYes(change.realTime),
        }),
        (changed) => {
          printSource(changed);
          if (changed.configChangedAt !== null && changed.lastSyncAt !== null)
            console.log(
              `What it syncs has changed. See what that removes: headwater plan "${printable(changed.name)}". Removals wait for your approval (headwater held).`,
            );
        },
      ),
    );

  sources
    .command('choices')
    .description('what the account offers for a field of the config: folders, channels, labels')
    .argument('<source>')
    .argument('<field>', 'such as folders, channels or labels')
    .argument('[within]', 'the value of a choice that has others inside it')
    .action(async (source: string, field: string, within: string | undefined) =>
      output(
        await api().listChoices((await find(source)).id, { field, ...(within === undefined ? {} : { within }) }),
        (choices) =>
          printTable(
            choices.map(({ value, label, hasChildren }) => ({ value, name: label, inside: hasChildren ? 'more' : '' })),
            'There is nothing to choose here.',
          ),
      ),
    );
}

function addDeletion(sources: Command, terminal: Terminal): void {
  const { api, find } = terminal;
  sources
    .command('delete')
    .description('stop its job, delete its documents and vectors, then the source')
    .argument('<source>')
    .option('--keep-documents', 'keep the documents, without their source')
    .action(
      async (source: string, options: { keepDocuments?: boolean }) =>
        await followDeletion(
          terminal,
          await api().deleteSource({ id: (await find(source)).id, keepDocuments: options.keepDocuments ?? false }),
        ),
    );
}

function isYes(answer: string | undefined): boolean | undefined {
  return answer === undefined ? undefined : answer === 'yes';
}

function printSources(list: readonly DataSource[]): void {
  printTable(
    list.map((s) => ({
      id: s.id,
      name: s.name,
      type: s.sourceType,
      state: stateOf(s),
      account: s.accountLabel,
      items: s.totalItemsSynced,
      'not listed': s.gapCount === 0 ? '' : s.gapCount,
      'last sync': localTime(s.lastSyncAt),
    })),
    'No sources yet: headwater sources add NAME TYPE',
  );
}

/** One source, a line for each fact. */
function printSource(source: DataSource): void {
  const facts = {
    id: source.id,
    type: source.sourceType,
    state: stateOf(source),
    account: source.accountLabel ?? 'none',
    items: String(source.totalItemsSynced),
    every: source.syncFrequency,
    'real-time': source.changeNotificationsEnabled ? 'yes' : 'no',
    config: JSON.stringify(source.config),
    'last sync': localTime(source.lastSyncAt),
    'last error': source.lastSyncError ?? 'none',
  };
  console.log(printable(source.name));
  for (const [name, value] of Object.entries(facts)) console.log(`  ${name.padEnd(10)} ${printable(value)}`);
  for (const { name, message } of source.gaps) console.log(`  not listed ${printable(name)}: ${printable(message)}`);
}

/** A source’s state in one or two words. */
export function stateOf(source: DataSource): string {
  if (source.needsSignIn) return 'needs sign-in';
  return source.isActive ? source.connectionStatus : 'disabled';
}
