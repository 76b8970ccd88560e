/**
 * Opens a user's transaction with one message to the server: `begin` and the user's role in one. Most transactions are
 * short, and each message costs them a fifth of their time.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  CompiledQuery,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';
import { storableText } from '../../domain/storable.ts';

/** A transaction that is about to be opened. */
interface Opening {
  readonly userId: string;
  /** Whether it was opened for its user. Another dialect does not do so. */
  isForUser: boolean;
}

const openings = new AsyncLocalStorage<Opening | undefined>();

/** Runs `work`, which opens one transaction for this user. */
export async function openingFor<T>(userId: string, work: (opening: Readonly<Opening>) => Promise<T>): Promise<T> {
  const opening = { userId, isForUser: false };
  return await openings.run(opening, async () => await work(opening));
}

/** Runs `work` inside the transaction, where others that it opens have users of their own. */
export async function afterOpening<T>(work: () => Promise<T>): Promise<T> {
  return await openings.run(undefined, work);
}

export class UserDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new UserDriver(this.#config);
  }
}

type Connection = Parameters<PostgresDriver['rollbackTransaction']>[0];

/**
 * A connection keeps the plans of its foreign keys, triggers and functions until autovacuum looks at the tables, after a
 * minute or more. A plan that was made for the first rows of a table reads all of its rows for each new one: up to 30
 * million in a first sync of 10,000 files (docs/decisions/53-plans-that-outlive-their-tables.md).
 */
const plansLastMs = 5_000;

class UserDriver extends PostgresDriver {
  readonly #plannedAt = new WeakMap<Connection, number>();

  override async beginTransaction(connection: Connection, settings: TransactionSettings): Promise<void> {
    const opening = openings.getStore();
    if (opening === undefined) return await super.beginTransaction(connection, settings);
    const discard = this.#plansAreOld(connection) ? '; discard plans' : '';
    try {
      await connection.executeQuery(CompiledQuery.raw(`${beginOf(settings)}${discard}; ${roleOf(opening.userId)}`));
      opening.isForUser = true;
    } catch (error) {
      // The transaction may have begun although the role was refused.
      await this.rollbackTransaction(connection);
      throw error;
    }
  }

  /** Whether its plans are to be made again. From now on they count as new. */
  #plansAreOld(connection: Connection): boolean {
    const now = performance.now();
    const plannedAt = this.#plannedAt.get(connection);
    if (plannedAt !== undefined && now - plannedAt < plansLastMs) return false;
    this.#plannedAt.set(connection, now);
    return plannedAt !== undefined;
  }
}

function beginOf({ isolationLevel, accessMode }: TransactionSettings): string {
  const isolation = isolationLevel === undefined ? '' : ` isolation level ${isolationLevel}`;
  return `start transaction${isolation} ${accessMode ?? 'read write'}`;
}

/**
 * The statement that makes a transaction a user's, until it ends. PostgreSQL does not compile its statements: policies and
 * functions make it overestimate a search so far that it would compile for longer than it searches. The literal is safe
 * whatever the server's setting for backslashes.
 */
export function roleOf(userId: string): string {
  const user = pg.escapeLiteral(storableText(userId));
  return `select set_config('role', 'headwater_app', true), set_config('app.user_id', ${user}, true), set_config('jit', 'off', true)`;
}
