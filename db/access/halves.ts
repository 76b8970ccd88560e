/** Finds the values that the database rejects within a batch. */

import { sql } from 'kysely';
import type { UserTransaction } from './as-user.ts';
import { isDataError, sqlStateOf } from './data-error.ts';

/** An item that the database rejects on its own, with the error code. */
export interface Refused<Item> {
  readonly item: Item;
  readonly sqlState: string;
}

/**
 * Runs `work` for all items at once. If the database rejects some of the data, the items are halved until the rejected
 * ones are isolated: a bad value affects only its own item (P3). `work` is repeated for parts of the batch.
 * @returns the rejected items; their work is not done
 * @throws errors that are not caused by the data
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
 * Runs statements of one transaction that succeed or fail together. If they fail because of the data, they are rolled
 * back, the rejected ones among `items` are found by trial, and the work of `without` is done instead.
 */
export async function butFor<Item, Result>(
  trx: UserTransaction,
  work: {
    readonly all: () => Promise<Result>;
    readonly items: () => Promise<readonly Item[]>;
    /** Run for parts of the items, then rolled back. */
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
    const refused = await inHalves(await work.items(), (some) => tryOut(trx, () => work.some(some)));
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
