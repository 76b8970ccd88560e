import type { Command } from 'commander';
import { parseCount } from './arguments.ts';
import { followDeletion } from './follow.ts';
import { printDocuments, printMore, printText } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater documents`, `document`, `delete-document` and `erase-everything`. */
export function addDocumentCommands(program: Command, terminal: Terminal): void {
  const { api, output } = terminal;
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
    .action(async (id: string) => await followDeletion(terminal, await api().deleteDocument(id)));

  program
    .command('erase-everything')
    .description('delete all your sources, documents, vectors, jobs, schedules and sign-ins; this cannot be undone')
    .requiredOption('--yes', 'confirm the deletion')
    .action(async () => await followDeletion(terminal, await api().eraseUser()));
}
