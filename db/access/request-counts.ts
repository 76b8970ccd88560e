import { type Kysely, sql } from 'kysely';
import { asUser } from './as-user.ts';
import type { Database } from './database.ts';

/**
 * Adds the requests that one process has counted in a minute. @returns the sums of all processes, by bucket
 * @param counts requests since the last call, by bucket
 */
export async function addRequestCounts(
  db: Kysely<Database>,
  minute: Date,
  counts: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  return await asUser(db, '', async (trx) => {
    const { rows } = await sql<{ name: string; total: number }>`
      select * from count_requests(${[...counts.keys()]}::text[], ${[...counts.values()]}::integer[], ${minute})`.execute(
      trx,
    );
    return new Map(rows.map(({ name, total }) => [name, total]));
  });
}
