/** `npm run headwater -- …`: the REST API from a terminal. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { outcomes, jobTypes, plannedActions } from '../domain/contract.ts';
import { sourceTypes } from '../domain/source.ts';
import { ApiError, type ApiClient, createApiClient, type DataSource, type Deletion, type Job } from './api-client.ts';
import {
  localTime,
  printable,
  printContext,
  printDeletion,
  printDocuments,
  printExplanation,
  printHits,
  printJob,
  printMore,
  printTable,
  printText,
  whyOfItem,
} from './print.ts';
import { addCollectionCommands, addTransformationCommands, type Terminal } from './collections.ts';
import { addScheduleCommands } from './schedules.ts';
import { addHeldCommands } from './held.ts';
import { addKeyCommands } from './keys.ts';
import { addVectorCommands } from './vectors.ts';
import { addWebhookCommands } from './webhooks.ts';
import { watchJob } from './watch-job.ts';

interface GlobalOptions {
  readonly url: string;
  readonly token?: string;
  readonly adminToken?: string;
  readonly json?: boolean;
}

const program = new Command('headwater')
  .description('Starts, watches and searches Headwater from a terminal.')
  .addOption(
    new Option('--url <address>', 'URL of the API')
      .env('HEADWATER_URL')
      .default('http://127.0.0.1:3000')
      .argParser(parseAddress),
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

function versionOf(packageFile: string): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }).version;
}

const api = (): ApiClient => {
  const { url, token, adminToken } = program.opts<GlobalOptions>();
  return createApiClient({ url, token, adminToken });
};

const isJsonWanted = (): boolean => program.opts<GlobalOptions>().json === true;

/** Prints JSON if requested, otherwise the output of `show`. */
function output<T>(value: T, show: (value: T) => void): void {
  if (isJsonWanted()) console.log(JSON.stringify(value, null, 2));
  else show(value);
}

const sources = program.command('sources').description('data sources: list, add, delete, real-time updates');

sources
  .command('list', { isDefault: true })
  .description('all sources with their state')
  .action(async () =>
    output(await api().listSources(), (list) =>
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
      ),
    ),
  );

sources
  .command('add')
  .description(`a new source; types: ${sourceTypes.join(', ')}`)
  .argument('<name>')
  .argument('<type>')
  .option('--config <json>', 'what to sync, as JSON', parseJson, {})
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

sources
  .command('show')
  .description('one source with its settings and its state')
  .argument('<source>')
  .action(async (source: string) => output(await find(source), printSource));

sources
  .command('update')
  .description('changes the name, what is synced, how often, or whether at all')
  .argument('<source>')
  .option('--name <name>')
  .option('--config <json>', 'what to sync, as JSON; replaces the whole of it', parseJson)
  .addOption(new Option('--every <frequency>').choices(['manual', 'hourly', 'daily', 'weekly']))
  .addOption(new Option('--active <yes|no>', 'no: it is not synced, and its schedules pause').choices(['yes', 'no']))
  .action(async (source: string, change: { name?: string; config?: object; every?: string; active?: string }) =>
    output(
      await api().updateSource({
        id: (await find(source)).id,
        name: change.name,
        config: change.config,
        syncFrequency: change.every,
        isActive: change.active === undefined ? undefined : change.active === 'yes',
      }),
      printSource,
    ),
  );

sources
  .command('delete')
  .description('stop its job, delete its documents and vectors, then the source')
  .argument('<source>')
  .option('--keep-documents', 'keep the documents, without their source')
  .action(
    async (source: string, options: { keepDocuments?: boolean }) =>
      await followDeletion(
        await api().deleteSource({ id: (await find(source)).id, keepDocuments: options.keepDocuments ?? false }),
      ),
  );

for (const [verb, changeNotificationsEnabled] of [
  ['push', true],
  ['no-push', false],
] as const) {
  sources
    .command(verb)
    .description(
      changeNotificationsEnabled
        ? 'get real-time updates: a subscription is created at the vendor on your behalf'
        : 'end the real-time updates; the source is synced only on its schedule',
    )
    .argument('<source>')
    .action(async (source: string) =>
      output(await api().updateSource({ id: (await find(source)).id, changeNotificationsEnabled }), (s) =>
        console.log(
          `${printable(s.name)}: ${s.changeNotificationsEnabled ? 'Real-time updates were requested.' : 'no hints'}`,
        ),
      ),
    );
}

program
  .command('connect')
  .description('sign in at the vendor: prints the URL to open, or stores an existing token')
  .argument('<source>')
  .option(
    '--access-token-file <file>',
    'a file with an access token; a token as an argument would be visible in the process list',
  )
  .action(async (source: string, options: { accessTokenFile?: string }) => {
    const { id } = await find(source);
    if (options.accessTokenFile === undefined) {
      output({ authorizationUrl: await api().connect(id) }, ({ authorizationUrl }) =>
        console.log(`Open this URL in a browser and give your consent:\n\n${authorizationUrl}\n`),
      );
      return;
    }
    const accessToken = (await readFile(options.accessTokenFile, 'utf8')).trim();
    output(await api().setCredentials(id, { accessToken }), (s) =>
      console.log(`${printable(s.name)}: connected as ${printable(s.accountLabel ?? '?')}`),
    );
  });

program
  .command('disconnect')
  .description('revoke the sign-in at the vendor and delete the tokens')
  .argument('<source>')
  .action(async (source: string) =>
    output(await api().disconnect((await find(source)).id), (s) => console.log(`${printable(s.name)}: ${stateOf(s)}`)),
  );

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
    else await follow(job);
  });

program
  .command('plan')
  .description('show what a sync would create, update and remove, and what it would cost')
  .argument('<source>')
  .addOption(new Option('--type <type>').choices(jobTypes).default('full_sync'))
  .action(
    async (source: string, options: { type: string }) =>
      await follow(
        await api().startJob({ dataSourceId: (await find(source)).id, jobType: options.type, dryRun: true }),
      ),
  );

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

program
  .command('job')
  .description('one job')
  .argument('<job>')
  .action(async (id: string) => output(await api().getJob(id), printJob));
program
  .command('watch')
  .description('follow a running job')
  .argument('<job>')
  .action(async (id: string) => await follow(await api().getJob(id)));

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

program
  .command('receipt')
  .description('write the report of an ended job, with the outcome of every item, to a file or another program')
  .argument('<job>')
  .addOption(new Option('--format <format>', 'csv, or with --json json').choices(['csv', 'json']))
  .action(async (id: string, options: { format?: string }) => {
    const format = options.format ?? (isJsonWanted() ? 'json' : 'csv');
    for await (const part of await api().report(id, format)) process.stdout.write(part);
  });

program
  .command('explain')
  .description('the history of one item: when it was found, why it was skipped or failed, when it is retried')
  .argument('<source>')
  .argument('<item>', 'its path, or with --id its id at the source')
  .option('--id', "use the item's id at the source")
  .action(async (source: string, item: string, options: { id?: boolean }) => {
    const { id: dataSourceId } = await find(source);
    const key = options.id === true ? { externalId: item } : { path: item };
    output(await api().explain({ dataSourceId, ...key }), printExplanation);
  });

const terminal: Terminal = { api, output, find, parseJson };
addScheduleCommands(program, terminal, isJsonWanted);
addTransformationCommands(program, terminal);
addCollectionCommands(program, terminal);
addWebhookCommands(program, terminal, parseCount);

const verbs = {
  pause: 'start no new work until resume',
  resume: 'continue after a pause',
  approve: 'approve the removals of a held job',
  keep: 'keep the items that a held job would remove',
  retry: 'start a new job for all failed items of this job’s source',
} as const;
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

program
  .command('documents')
  .description('synced documents')
  .option('--text <part>', 'part of the title or the path')
  .option('--project-id <id>', 'in this project')
  .option('--tag-id <id>', 'with this tag')
  .option('--limit <n>', 'how many', parseCount, 50)
  .option('--cursor <cursor>', 'continue after a previous page')
  .action(async ({ limit, cursor, ...filter }: { limit: number; cursor?: string }) =>
    output(await api().listDocuments({ limit, cursor, ...filter }), ({ documents, nextCursor }) => {
      printDocuments(documents, Object.keys(filter).length > 0);
      printMore(nextCursor);
    }),
  );

program
  .command('document')
  .description('one document’s text')
  .argument('<id>')
  .action(async (id: string) => output(await api().getDocument(id), (d) => printText(d.text)));

program
  .command('delete-document')
  .description('delete it in Headwater, never at the source; its item is skipped from then on')
  .argument('<document>')
  .action(async (id: string) => await followDeletion(await api().deleteDocument(id)));

program
  .command('erase-everything')
  .description('delete all your sources, documents, vectors, jobs, schedules and sign-ins; this cannot be undone')
  .requiredOption('--yes', 'confirm the deletion')
  .action(async () => await followDeletion(await api().eraseUser()));

program
  .command('search')
  .description('search by meaning and by words')
  .argument('<query...>')
  .option('--limit <n>', 'how many', parseHitCount, 10)
  .option('--project-id <id...>', 'in any of these projects')
  .option('--tag-id <id...>', 'with any of these tags')
  .action(async (query: string[], options: { limit: number; projectId?: string[]; tagId?: string[] }) => {
    const filters = { projectIds: options.projectId, tagIds: options.tagId };
    output(await api().search({ query: query.join(' '), limit: options.limit, filters }), printHits);
  });

program
  .command('context')
  .description('find the best passages for a question within a token budget, with citations')
  .argument('<question...>')
  .option('--max-tokens <n>', 'tokens of the whole text', parseTokens, 2000)
  .action(async (question: string[], options: { maxTokens: number }) =>
    output(await api().buildContext({ query: question.join(' '), maxTokens: options.maxTokens }), printContext),
  );
addVectorCommands(program, api, output);
addKeyCommands(program, api, output);
addHeldCommands(program, { api, output, parseCount });

/** One source, a line for each fact. */
function printSource(source: DataSource): void {
  const facts = {
    id: source.id,
    type: source.sourceType,
    state: stateOf(source),
    account: source.accountLabel ?? 'none',
    items: String(source.totalItemsSynced),
    every: source.syncFrequency,
    config: JSON.stringify(source.config),
    'last sync': localTime(source.lastSyncAt),
    'last error': source.lastSyncError ?? 'none',
  };
  console.log(printable(source.name));
  for (const [name, value] of Object.entries(facts)) console.log(`  ${name.padEnd(10)} ${printable(value)}`);
  for (const { name, message } of source.gaps) console.log(`  not listed ${printable(name)}: ${printable(message)}`);
}

async function followDeletion(deletion: Deletion): Promise<void> {
  let now = deletion;
  if (now.status === 'running' && !isJsonWanted()) console.error('Deleting. It continues if you stop watching.');
  for (; now.status === 'running'; now = await api().getDeletion(deletion.id)) await sleep(300);
  output(now, printDeletion);
  if (now.status === 'failed') process.exitCode = 1;
}

/**
 * Watches a job to its end. If the job does not complete, the exit code is 1. Ctrl-C ends the watching, not the job.
 */
async function follow(job: Job): Promise<void> {
  let isLeft = false;
  // Registered once, so that a second Ctrl-C ends the process as usual.
  process.once('SIGINT', () => (isLeft = true));
  const again = `headwater watch ${job.id} follows it again, headwater cancel ${job.id} stops it.`;
  const ended = await watchJob(api(), job.id, { isQuiet: isJsonWanted(), isStopped: () => isLeft }).catch(
    (error: unknown) => {
      if (error instanceof ApiError && [0, 503].includes(error.status))
        console.error(`The job may still be running: ${again}`);
      throw error;
    },
  );
  if (ended === null) {
    console.error(`The job continues: ${again}`);
    process.exitCode = 130;
    return;
  }
  output(ended, printJob);
  if (ended.status !== 'completed') process.exitCode = 1;
}

/** Finds a source by its id, or by its name if the name is unique. */
async function find(source: string): Promise<DataSource> {
  const list = await api().listSources();
  const found = list.filter((s) => s.id === source || s.name === source);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const why =
    found.length > 1
      ? `${found.length} sources are named "${source}". Use the id.`
      : `There is no source "${source}". Your sources: ${list.map((s) => s.name).join(', ') || 'none'}.`;
  throw new ApiError(404, { code: 'not_found', detail: why });
}

function stateOf(source: DataSource): string {
  if (source.needsSignIn) return 'needs sign-in';
  return source.isActive ? source.connectionStatus : 'disabled';
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Reported below; in most cases the shell has removed the quotes.
  }
  throw new InvalidArgumentError('It must be JSON, such as \'{"path":"/home/ana/notes"}\'.');
}

function parseAddress(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:3000.');
}

function parseToken(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be one word of ASCII characters.');
}

function parseWhole(text: string, least: number, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= least && count <= most) return count;
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
}

function parseCount(text: string): number {
  return parseWhole(text, 1, 200);
}

function parseHitCount(text: string): number {
  return parseWhole(text, 1, 50);
}

function parseTokens(text: string): number {
  return parseWhole(text, 100, 32_000);
}

function parseSpeed(text: string): number | null {
  if (text === 'usual') return null;
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0, or "usual".');
}

/** Prints what to do about a refusal that names the conflicting job. */
function printHelpFor({ body }: ApiError): void {
  const { job } = body;
  if (typeof job !== 'object' || job === null || !('id' in job)) return;
  console.error(`headwater watch ${job.id as string} follows it, headwater cancel ${job.id as string} stops it.`);
}

// If the reader of the output stops reading (`| head`), that is not an error. A full disk is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') console.error(`headwater: ${error.message}`);
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof ApiError) {
    if (isJsonWanted()) console.log(JSON.stringify({ error: error.body }));
    else {
      console.error(`headwater: ${printable(error.message)}`);
      printHelpFor(error);
    }
    process.exitCode = error.status === 0 ? 3 : 1;
  } else {
    console.error(`headwater: ${Error.isError(error) ? error.message : String(error)}`);
    if (process.env['DEBUG'] !== undefined) console.error(error);
    // A file argument that cannot be read is a usage error.
    process.exitCode = Error.isError(error) && 'syscall' in error ? 2 : 1;
  }
}
