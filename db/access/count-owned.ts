import { sql } from 'kysely';
import type { UserTransaction } from './as-user.ts';

/** How many rows of a table are the user's. Two that are about to add one wait for each other: both cannot be the last. */
export async function countOwned(
  trx: UserTransaction,
  table: 'data_sources' | 'scheduled_syncs' | 'webhook_endpoints' | 'projects' | 'tags',
  userId: string,
): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtext(${table}), hashtext(${userId}))`.execute(trx);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(trx);
  return rows[0]?.count ?? 0;
}
