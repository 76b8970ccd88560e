import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { printable } from './print.ts';
import { stateOf } from './sources.ts';
import type { Terminal } from './terminal.ts';

/** `headwater connect` and `headwater disconnect`: the sign-in of a source. */
export function addConnectionCommands(program: Command, { api, output, find }: Terminal): void {
  program
    .command('connect')
    .description('sign in at the vendor: prints the URL to open, or stores an existing token')
    .argument('<source>')
    .addOption(
      new Option('--provider <provider>', 'who holds the connection: this installation, or Composio').choices([
        'oauth',
        'composio',
      ]),
    )
    .option(
      '--access-token-file <file>',
      'a file with an access token; a token as an argument would be visible in the process list',
    )
    .action(async (source: string, options: { accessTokenFile?: string; provider?: 'oauth' | 'composio' }) => {
      const { id } = await find(source);
      if (options.accessTokenFile === undefined) {
        output({ authorizationUrl: await api().connect(id, { provider: options.provider }) }, ({ authorizationUrl }) =>
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
      output(await api().disconnect((await find(source)).id), (s) =>
        console.log(`${printable(s.name)}: ${stateOf(s)}`),
      ),
    );
}
