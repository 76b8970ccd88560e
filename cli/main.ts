/** `npx headwater …`: the REST API from a terminal. */

import { CommanderError } from 'commander';
import { ApiError } from './api-client.ts';
import { printable } from './print.ts';
import { createProgram } from './program.ts';

/** Advice for the person at the terminal if the API does not answer. */
const hints: Readonly<Record<string, string>> = {
  unreachable: ' Start it with npm start, or give its address: --url or HEADWATER_URL.',
  not_headwater: ' Give another address: --url or HEADWATER_URL.',
  redirects: ' Give it with --url or HEADWATER_URL.',
};

/** Plain words for what is wrong with a named file, in place of the system's own. */
const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be opened by you',
  EISDIR: 'is a folder; name a file',
  ENOTDIR: 'lies in something that is no folder',
  ENOSPC: 'cannot be written: the disk is full',
};

// As for the server, an empty variable is as if it were not set: compose files and shells leave such ones behind.
for (const name of ['HEADWATER_URL', 'HEADWATER_TOKEN', 'HEADWATER_ADMIN_TOKEN'])
  if (process.env[name] === '') delete process.env[name];

const { program, terminal } = createProgram();

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
    if (terminal.isJsonWanted()) console.log(JSON.stringify({ error: error.body }));
    else {
      console.error(`headwater: ${printable(error.message)}${hints[error.code] ?? ''}`);
      printHelpFor(error);
    }
    process.exitCode = error.status === 0 ? 3 : 1;
  } else {
    console.error(`headwater: ${textOf(error)}`);
    if (process.env['DEBUG'] !== undefined) console.error(error);
    // A file argument that cannot be read is a usage error.
    process.exitCode = Error.isError(error) && 'syscall' in error ? 2 : 1;
  }
}

function textOf(error: unknown): string {
  if (!Error.isError(error)) return String(error);
  const { code = '', path } = error as NodeJS.ErrnoException;
  const problem = fileProblems[code];
  return problem === undefined || path === undefined ? error.message : `${path} ${problem}.`;
}

/** Prints what to do about a refusal that names the conflicting job. */
function printHelpFor({ body }: ApiError): void {
  const { job } = body;
  if (typeof job !== 'object' || job === null || !('id' in job)) return;
  console.error(`headwater watch ${job.id as string} follows it, headwater cancel ${job.id as string} stops it.`);
}
