import { type Command, Option } from 'commander';
import { keyScopes } from '../domain/api-keys.ts';
import type { ApiKey } from './api-client.ts';
import { localTime, printTable } from './print.ts';
import type { Terminal } from './terminal.ts';

/** `headwater keys …`: API keys. */
export function addKeyCommands(program: Command, { api, output }: Terminal): void {
  const keys = program.command('keys').description('API keys, for programs');
  keys
    .command('list', { isDefault: true })
    .description('all keys, including revoked ones')
    .action(async () => output(await api().listKeys(), printKeys));
  keys
    .command('create')
    .description('create a key and show it once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--scope <scope>', 'what it allows').choices(keyScopes).default('read'))
    .option('--source <ids...>', 'limits it to these sources, by id')
    .option('--project <ids...>', 'limits it to documents in these projects, by id')
    .option('--expires <time>', 'when it expires, such as 2027-01-31T00:00:00Z')
    .action(async (name: string, options: KeyOptions) => {
      const { scope, source, project, expires } = options;
      const limits = {
        ...(source === undefined ? {} : { dataSourceIds: source }),
        ...(project === undefined ? {} : { projectIds: project }),
        ...(expires === undefined ? {} : { expiresAt: expires }),
      };
      output(await api().createKey({ name, scope, ...limits }), ({ secret }) => {
        console.log(secret);
        console.error('This key is not shown again. Send it as Authorization: Bearer …, or set HEADWATER_TOKEN.');
      });
    });
  keys
    .command('revoke')
    .description('reject the key from now on')
    .argument('<id>')
    .action(async (id: string) =>
      output(await api().revokeKey({ id }), ({ name }) => console.log(`The key "${name}" is revoked.`)),
    );
}

interface KeyOptions {
  readonly scope: string;
  readonly source?: readonly string[];
  readonly project?: readonly string[];
  readonly expires?: string;
}

function printKeys(keys: readonly ApiKey[]): void {
  const rows = keys.map((key) => ({
    id: key.id,
    name: key.name,
    'begins with': key.hint,
    scope: key.scope,
    limited: key.dataSourceIds === null && key.projectIds === null ? '' : 'yes',
    'last used': localTime(key.lastUsedAt),
    expires: endOf(key),
  }));
  printTable(rows, 'No API keys yet: headwater keys create NAME');
}

function endOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt === null ? 'never' : localTime(expiresAt);
}
