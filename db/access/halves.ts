/** Finding the one value that the database refuses among many that it takes. */

import { sql } from 'kysely';
import type { UserTransaction } from './as-user.ts';
import { isDataError, sqlStateOf } from './data-error.ts';

/** What the database refuses by itself, and how it named the reason. */
export interface Refused<Item> {
  readonly item: Item;
  readonly sqlState: string;
}

/**
 * Does `work` for all items at once. Where the database refuses something in the data, the items are halved until the
 * culprits stand alone: one bad value costs its own item, and the others are done (P3). `work` is repeated for parts.
 * @returns the culprits; their work is not done
 * @throws what is no matter of the data
 */
export async function inHalves<Item>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<unknown>,
): Promise<readonly Refused<Item>[]> {
  try {
    await work(items);
    return [];
  } catch (error) {
    const [first] = items;
    if (!isDataError(error) || first === undefined) throw error;
    if (items.length === 1) return [{ item: first, sqlState: sqlStateOf(error) ?? '' }];
    const half = Math.ceil(items.length / 2);
    const refused = await inHalves(items.slice(0, half), work);
    return [...refused, ...(await inHalves(items.slice(half), work))];
  }
}

/**
 * Statements of one transaction that stand or fall together. Where they fail for the data, what they did is taken back, the
 * culprits among `items` are found by trying, and `without` says what is done instead.
 */
export async function butFor<Item, Result>(
  trx: UserTransaction,
  work: {
    readonly all: () => Promise<Result>;
    readonly items: () => Promise<readonly Item[]>;
    /** Tried and taken back. */
    readonly some: (items: readonly Item[]) => Promise<unknown>;
    readonly without: (refused: readonly Refused<Item>[]) => Promise<Result>;
  },
): Promise<Result> {
  await sql`savepoint before_all`.execute(trx);
  try {
    return await work.all();
  } catch (error) {
    if (!isDataError(error)) throw error;
    await sql`rollback to savepoint before_all`.execute(trx);
    const refused = await inHalves(
      await work.items(),
      async (some) => await tryOut(trx, async () => await work.some(some)),
    );
    if (refused.length === 0) throw error;
    return await work.without(refused);
  }
}

async function tryOut(trx: UserTransaction, work: () => Promise<unknown>): Promise<void> {
  await sql`savepoint before_some`.execute(trx);
  try {
    await work();
  } finally {
    await sql`rollback to savepoint before_some`.execute(trx);
  }
}
