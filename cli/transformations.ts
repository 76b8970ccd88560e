import { Argument, type Command, Option } from 'commander';
import { sourceTypes } from '../domain/source.ts';
import { transformationTypes } from '../domain/transformations.ts';
import type { Transformation } from './api-client.ts';
import { parseJson } from './arguments.ts';
import { printJob, printPreview, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater transformations …`: how text is processed before it is chunked and embedded. */
export function addTransformationCommands(program: Command, terminal: Terminal): void {
  const { api, output } = terminal;
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

  addProcessingCommands(transformations, terminal);
}

/** Commands that apply transformations to stored documents, or show what they would do. */
function addProcessingCommands(transformations: Command, { api, output, find }: Terminal): void {
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
