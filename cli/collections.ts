/** Commands for transformations, projects and tags. */

import { Argument, type Command, Option } from 'commander';
import { transformationTypes } from '../domain/transformations.ts';
import { sourceTypes } from '../domain/source.ts';
import type { ApiClient, Collection, DataSource, Transformation } from './api-client.ts';
import { printable, printJob, printPreview, printTable } from './print.ts';

export interface Terminal {
  readonly api: () => ApiClient;
  readonly output: <T>(value: T, show: (value: T) => void) => void;
  readonly find: (source: string) => Promise<DataSource>;
  readonly parseJson: (text: string) => object;
}

export function addTransformationCommands(program: Command, { api, output, find, parseJson }: Terminal): void {
  const transformations = program
    .command('transformations')
    .description('how text is processed before it is chunked and embedded: list, add, preview, reprocess');

  transformations
    .command('list', { isDefault: true })
    .description('in execution order')
    .action(async () => output(await api().listTransformations(), printTransformations));

  transformations
    .command('add')
    .description('add one after all others')
    .argument('<name>')
    .addArgument(new Argument('<type>').choices(transformationTypes))
    .argument('<config>', 'as JSON: {"emails":true}, {"action":"exclude","paths":["Drafts"]}', parseJson)
    .addOption(new Option('--for <type>', 'only for sources of this type').choices(sourceTypes))
    .option('--order <n>', 'lower numbers run earlier', Number)
    .action(
      async (name: string, transformationType: string, config: object, options: { for?: string; order?: number }) => {
        const body = {
          name,
          transformationType,
          config,
          sourceType: options.for ?? null,
          executionOrder: options.order,
        };
        output(await api().createTransformation(body), (row) => printTransformations([row]));
      },
    );

  for (const [verb, isActive] of [
    ['on', true],
    ['off', false],
  ] as const) {
    transformations
      .command(verb)
      .description(isActive ? 'enable it' : 'disable it')
      .argument('<transformation>')
      .action(async (id: string) =>
        output(await api().updateTransformation({ id, isActive }), (row) => printTransformations([row])),
      );
  }

  transformations
    .command('delete')
    .argument('<transformation>')
    .action(async (id: string) => output(await api().deleteTransformation({ id }), () => console.log('Deleted.')));

  transformations
    .command('preview')
    .description('preview its effect on a document; stores nothing')
    .argument('<document>')
    .option(
      '--with <json>',
      'these instead of the saved ones: [{"transformationType":"redact","config":{"emails":true}}]',
      parseJson,
    )
    .action(async (documentId: string, options: { with?: object }) =>
      output(await api().previewTransformations({ documentId, transformations: options.with }), printPreview),
    );

  transformations
    .command('stale')
    .description('documents whose transformations have changed')
    .action(async () =>
      output(await api().listStale(), (sources) =>
        printTable(
          sources.map((s) => ({ source: s.name, items: s.items, 'to fetch again': s.fromVendor })),
          'All documents are up to date with their transformations.',
        ),
      ),
    );

  transformations
    .command('reprocess')
    .description('process stale documents again, from their stored text')
    .argument('[source]')
    .action(async (source: string | undefined) => {
      const body = source === undefined ? {} : { dataSourceId: (await find(source)).id };
      output(await api().reprocess(body), ({ jobs, notStarted }) => {
        if (jobs.length + notStarted.length === 0) console.log('No document is stale.');
        for (const job of jobs) printJob(job);
        for (const { dataSourceId, message } of notStarted) console.log(`${dataSourceId}: ${message}`);
      });
    });
}

export function addCollectionCommands(program: Command, { api, output, find }: Terminal): void {
  for (const kind of ['project', 'tag'] as const) {
    const commands = program.command(`${kind}s`).description(`${kind}s: list, add, delete, assign by hand or by rule`);
    const show = (rows: readonly Collection[]): void =>
      printTable(
        rows.map(({ id, name, documents }) => ({ id, name, documents })),
        `No ${kind}s yet: headwater ${kind}s add NAME`,
      );

    commands.command('list', { isDefault: true }).action(async () => output(await api().listCollections(kind), show));
    commands
      .command('add')
      .argument('<name>')
      .action(async (name: string) => output(await api().createCollection(kind, { name }), (row) => show([row])));
    commands
      .command('delete')
      .description('delete it; the documents stay')
      .argument(`<${kind}>`)
      .action(async (id: string) => output(await api().deleteCollection(kind, { id }), () => console.log('Deleted.')));
    for (const verb of ['assign', 'remove'] as const) {
      commands
        .command(verb)
        .description(`documents, by hand: syncs and rules do not change it`)
        .argument(`<${kind}>`)
        .argument('<document...>')
        .action(async (id: string, documentIds: string[]) =>
          output(await api().changeCollection(kind, id, verb, { documentIds }), (row) => show([row])),
        );
    }
    commands
      .command('rule')
      .description('assign the documents of a source, or those below a path in it')
      .argument(`<${kind}>`)
      .argument('<source>')
      .argument('[path]', 'a folder, or a pattern such as "Reports/**/*.pdf"')
      .action(async (id: string, source: string, path: string | undefined) => {
        const body = { dataSourceId: (await find(source)).id, path: path ?? null };
        output(await api().createRule(kind, id, body), (rule) =>
          console.log(`${rule.id}: ${printable(rule.path ?? 'whole source')}`),
        );
      });
    commands
      .command('rules')
      .argument(`<${kind}>`)
      .action(async (id: string) =>
        output(await api().listRules(kind, id), (rules) =>
          printTable(
            rules.map((rule) => ({ id: rule.id, source: rule.dataSourceId, path: rule.path ?? 'whole source' })),
            'No rules.',
          ),
        ),
      );
    commands
      .command('delete-rule')
      .description('delete the rule and its assignments')
      .argument(`<${kind}>`)
      .argument('<rule>')
      .action(async (id: string, ruleId: string) =>
        output(await api().deleteRule(kind, id, { ruleId }), () => console.log('Deleted.')),
      );
  }
}

function printTransformations(rows: readonly Transformation[]): void {
  printTable(
    rows.map((row) => ({
      id: row.id,
      order: row.executionOrder,
      name: row.name,
      type: row.transformationType,
      for: row.sourceType ?? 'all sources',
      state: row.isActive ? 'on' : 'off',
      config: JSON.stringify(row.config),
    })),
    'No transformations yet: headwater transformations add NAME redact \'{"emails":true}\'',
  );
}
