/** Says why a database cannot be used: where it was looked for, which setting says so, and what to do. */

import { type Kysely, sql } from 'kysely';
import { whyNoAnswer } from '../../domain/no-answer.ts';
import { sqlStateOf } from './data-error.ts';
import type { Database } from './database.ts';

/** A database could not be reached, or refused the connection. The message is for an operator. */
export class UnreachableDatabase extends Error {
  override readonly name = 'UnreachableDatabase';

  /**
   * @param setting what holds the URL: a variable, or an argument of a program
   * @param error what the driver threw when it connected
   */
  constructor(url: string, setting: string, error: unknown) {
    const { hostname, port, pathname, username } = new URL(url);
    const where = `PostgreSQL at ${hostname}:${port === '' ? '5432' : port} (${setting})`;
    const named = { user: decodeURIComponent(username), database: decodeURIComponent(pathname.slice(1)) };
    super(`${where} ${reasonFor(error, setting, named)}`, { cause: error });
  }
}

interface Named {
  readonly user: string;
  readonly database: string;
}

function reasonFor(error: unknown, setting: string, { user, database }: Named): string {
  const state = sqlStateOf(error) ?? '';
  const said = Error.isError(error) ? error.message : String(error);
  if (state === '3D000')
    return `has no database "${database}". Create it: create database "${database}", or name another one in ${setting}.`;
  if (state === '28P01' || state === '28000')
    return `refuses the user "${user}": ${said}. Check the user and the password in ${setting} (or PGPASSWORD), and the server's pg_hba.conf.`;
  if (state === '53300')
    return `accepts no more connections: ${said}. Raise its max_connections, or lower DATABASE_POOL_SIZE of workers and APIs.`;
  if (state === '57P03') return `is not ready: ${said}. Try again in a moment.`;
  if (isReadOnly(error))
    return `accepts no changes: ${said}. Name the primary in ${setting}; after a failover, check where the address leads.`;
  if (state !== '') return `refuses: ${said} (${state}).`;
  const why = whyNoAnswer(error);
  if (why === null) return `cannot be used: ${said}. Check ${setting}.`;
  return `gave no answer. ${why} Check that it is running, that ${setting} names its host and port, and that nothing blocks the way to it.`;
}

/** Checks that the database answers and accepts changes. @throws UnreachableDatabase */
export async function reachDatabase(db: Kysely<Database>, url: string, setting = 'DATABASE_URL'): Promise<void> {
  try {
    if (await isStandby(db)) throw new StandbyError();
  } catch (error) {
    throw new UnreachableDatabase(url, setting, error);
  }
}

/** A standby answers, but accepts no changes: after a failover the address may still lead to the old primary. */
class StandbyError extends Error {
  /** As PostgreSQL refuses a change in a transaction that may only read. */
  readonly code = '25006';

  constructor() {
    super('it is a standby');
  }
}

/** Whether the server only follows another one and so accepts no changes. */
export async function isStandby(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ follows: boolean }>`select pg_is_in_recovery() as follows`.execute(db);
  return rows[0]?.follows === true;
}

/** Whether PostgreSQL refused a statement because it accepts no changes. */
export function isReadOnly(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '25006' || (state === '0A000' && Error.isError(error) && /during recovery/.test(error.message));
}

/** Whether a statement failed because a table, column, function or role is missing that a migration makes. */
export function lacksMigrations(error: unknown): boolean {
  if (/^(42P01|42703|42883)$/.test(sqlStateOf(error) ?? '')) return true;
  return Error.isError(error) && /role "headwater_\w+" does not exist/.test(error.message);
}
