import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { AuditEvent } from './api-client.ts';
import { parseCount } from './arguments.ts';
import { localTime, printMore, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

interface Filter {
  readonly action?: string;
  readonly since?: string;
  readonly until?: string;
}

/** `headwater audit …`: who did what, and from where. */
export function addAuditCommands(program: Command, { api, output }: Terminal): void {
  const audit = program.command('audit').description('the audit log: who did what, and from where');
  const withFilter = (command: Command): Command =>
    command
      .option('--action <action>', 'only this one, such as key.create')
      .option('--since <time>', 'from this time on, such as 2027-01-31T00:00:00Z')
      .option('--until <time>', 'before this time');
  withFilter(audit.command('list', { isDefault: true }))
    .description('newest first')
    .option('--limit <n>', 'how many events', parseCount, 50)
    .option('--cursor <cursor>', 'go on after an earlier page')
    .action(async (options: Filter & { readonly limit: number; readonly cursor?: string }) =>
      output(await api().listAuditEvents({ ...options }), ({ events, nextCursor }) => {
        printEvents(events);
        printMore(nextCursor);
      }),
    );
  withFilter(audit.command('export'))
    .description('all of it, one JSON object a line')
    .argument('[file]', 'standard output if omitted')
    .action(async (file: string | undefined, options: Filter) => {
      const bytes = await api().exportAuditEvents({ ...options });
      if (file !== undefined) await writeFile(file, bytes, { mode: 0o600 });
      else for await (const part of bytes) process.stdout.write(part);
    });
}

function printEvents(events: readonly AuditEvent[]): void {
  const rows = events.map(({ at, action, outcome, actor, keyName, address, targetId, targetName }) => ({
    time: localTime(at),
    action,
    outcome,
    by: actor === 'key' ? `key ${keyName ?? '(deleted)'}` : 'you',
    from: address,
    target: targetId,
    name: targetName ?? '',
  }));
  printTable(rows, 'There are no events.');
}
