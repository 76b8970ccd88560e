import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * Runs a program of PostgreSQL against a database. The password goes through the environment, because other users of the
 * machine see a program's arguments.
 * @param bin folder of the program, if it is not in the PATH
 * @throws Error with the program's own words
 */
export async function runProgramOfPostgres(
  program: 'pg_dump' | 'pg_restore',
  args: readonly string[],
  databaseUrl: string,
  bin?: string,
): Promise<void> {
  const url = new URL(databaseUrl);
  const password = decodeURIComponent(url.password);
  url.password = '';
  const child = spawn(bin === undefined ? program : join(bin, program), [...args, `--dbname=${url.href}`], {
    env: { ...process.env, ...(password === '' ? {} : { PGPASSWORD: password }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const [status] = (await Promise.race([
    once(child, 'close'),
    once(child, 'error').then(([error]) => {
      throw new Error(`${program} cannot be started. Install PostgreSQL's client programs, as new as the server.`, {
        cause: error,
      });
    }),
  ])) as [number | null];
  if (status !== 0) throw new Error(`${program} failed: ${said.trim()}`);
}
