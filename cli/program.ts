import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { defaultUrl, parseAddress, parseToken } from './arguments.ts';
import { addAuditCommands } from './audit.ts';
import { addCollectionCommands } from './collections.ts';
import { addConnectionCommands } from './connections.ts';
import { addDocumentCommands } from './documents.ts';
import { addCompletionCommand } from './completion.ts';
import { addDoctorCommand } from './doctor.ts';
import { addExportCommand } from './export.ts';
import { addFileCommands } from './files.ts';
import { addHeldCommands } from './held.ts';
import { addJobControlCommands } from './job-control.ts';
import { addJobCommands } from './jobs.ts';
import { addKeyCommands } from './keys.ts';
import { addScheduleCommands } from './schedules.ts';
import { addSearchCommands } from './search.ts';
import { addSourceCommands } from './sources.ts';
import { addSyncCommands } from './syncs.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { addTransformationCommands } from './transformations.ts';
import { addVectorCommands } from './vectors.ts';
import { addWebhookCommands } from './webhooks.ts';

/** One function for each noun, in the order of the help. */
const commands = [
  addSourceCommands,
  addFileCommands,
  addConnectionCommands,
  addSyncCommands,
  addJobCommands,
  addScheduleCommands,
  addTransformationCommands,
  addCollectionCommands,
  addWebhookCommands,
  addJobControlCommands,
  addDocumentCommands,
  addExportCommand,
  addSearchCommands,
  addVectorCommands,
  addKeyCommands,
  addAuditCommands,
  addHeldCommands,
  addDoctorCommand,
  addCompletionCommand,
];

/** Builds the command line with all its commands. */
export function createProgram(): { readonly program: Command; readonly terminal: Terminal } {
  const program = new Command('headwater')
    .description('Starts, watches and searches Headwater from a terminal.')
    .addOption(
      new Option('--url <address>', 'URL of the API').env('HEADWATER_URL').default(defaultUrl).argParser(parseAddress),
    )
    .addOption(
      new Option('--token <token>', 'a JWT or an API key, if the installation requires one')
        .env('HEADWATER_TOKEN')
        .argParser(parseToken),
    )
    .addOption(
      new Option('--admin-token <token>', 'ADMIN_TOKEN, for operator commands')
        .env('HEADWATER_ADMIN_TOKEN')
        .argParser(parseToken),
    )
    .version(versionOf(join(import.meta.dirname, '..', 'package.json')), '--version', 'print the version')
    .option('--json', "print the API's answers as JSON")
    .showHelpAfterError('(headwater --help lists all commands)')
    .exitOverride()
    .addHelpText(
      'after',
      `
  A source is named by its id or by its name.

    headwater sources add Notes local_folder --config '{"path":"/home/ana/notes"}'
    headwater plan Notes                      what a sync would do and cost
    headwater sync Notes                      with a progress bar
    headwater items JOB --outcome failed      what went wrong, and why
    headwater held list                       removals that wait for your decision
    headwater search "when does the ferry leave"

  Exit codes: 0 done; 1 refused, or the job did not complete; 2 wrong usage; 3 the API cannot be reached; 130 stopped by Ctrl-C.`,
    );
  const terminal = createTerminal(program);
  for (const add of commands) add(program, terminal);
  for (const noun of program.commands) nameUnknownCommands(noun);
  return { program, terminal };
}

/** A noun alone lists, so an unknown word after it counts as an argument of `list`, of which the person has typed nothing. */
function nameUnknownCommands(noun: Command): void {
  const list = noun.commands.find((command) => command.name() === 'list');
  list?.allowExcessArguments().hook('preAction', ({ args, registeredArguments }) => {
    if (args.length <= registeredArguments.length) return;
    const [word] = noun.args;
    const known = noun.commands.map((command) => command.name()).join(', ');
    if (word === 'list') list.error(`error: too many arguments for 'list': ${args.join(', ')}.`);
    noun.error(`error: unknown command '${word}'. The commands of ${noun.name()} are ${known}.`);
  });
}

function versionOf(packageFile: string): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }).version;
}
