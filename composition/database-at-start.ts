/** What the log of a starting worker or API says of its database. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../db/access/database.ts';
import { migrationState, newerMigrations } from '../db/access/migrate.ts';
import { reachDatabase, UnreachableDatabase } from '../db/access/reach.ts';
import { errorCode } from '../domain/logged-error.ts';

/** Interval at which a worker looks whether the pending migrations have run, in milliseconds. */
const lookMs = 2000;

/**
 * Logs what an operator has to mend: a database that cannot be reached, that is not migrated, or that a newer release has
 * migrated.
 * @returns whether migrations are pending
 */
export async function reportDatabase(db: Kysely<Database>, url: string, logger: Logger): Promise<boolean> {
  try {
    await reachDatabase(db, url);
    const { pending } = await migrationState(db);
    const newer = await newerMigrations(db);
    if (pending.length > 0)
      logger.error({ pending }, `${pending.length} migrations of the database have not run. Run npm run migrate.`);
    if (newer.length > 0)
      logger.warn(
        { newer },
        'A newer Headwater has migrated the database. Update this one (docs/operations.md, Updating).',
      );
    return pending.length > 0;
  } catch (error) {
    if (error instanceof UnreachableDatabase) logger.error(`${error.message} It is tried again as long as this runs.`);
    else logger.error({ reason: errorCode(error) }, 'the migrations of the database cannot be read');
    return false;
  }
}

/**
 * Waits while migrations are pending, so that no job meets tables of an older release: its steps would fail and be
 * repeated until they have run. A database that does not answer is not waited for, because steps wait for it and say so.
 */
export async function untilMigrated(db: Kysely<Database>, url: string, logger: Logger): Promise<void> {
  if (!(await reportDatabase(db, url, logger))) return;
  logger.warn('This worker asks for no work until the migrations have run.');
  while (await isPending(db)) await sleep(lookMs);
  logger.info('the migrations have run');
}

async function isPending(db: Kysely<Database>): Promise<boolean> {
  return await migrationState(db).then(
    ({ pending }) => pending.length > 0,
    () => true,
  );
}
