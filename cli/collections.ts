import type { Command } from 'commander';
import type { Collection } from './api-client.ts';
import { printable, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

const kinds = ['project', 'tag'] as const;

/** `headwater projects …` and `headwater tags …`: collections of documents. */
export function addCollectionCommands(program: Command, terminal: Terminal): void {
  const { api, output } = terminal;
  for (const kind of kinds) {
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
    addRuleCommands(commands, kind, terminal);
  }
}

/** Rules assign synced documents. */
function addRuleCommands(commands: Command, kind: (typeof kinds)[number], { api, output, find }: Terminal): void {
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
