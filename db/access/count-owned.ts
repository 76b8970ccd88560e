import { sql } from 'kysely';
import type { UserTransaction } from './as-user.ts';

/**
 * Counts the user's rows in a table. Concurrent calls that are about to add a row wait for each other, so that two of
 * them cannot both add the last one allowed.
 */
export async function countOwned(
  trx: UserTransaction,
  table:
    | 'data_sources'
    | 'scheduled_syncs'
    | 'etl_transformations'
    | 'webhook_endpoints'
    | 'projects'
    | 'tags'
    | 'api_keys',
  userId: string,
): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtext(${table}), hashtext(${userId}))`.execute(trx);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(trx);
  return rows[0]?.count ?? 0;
}
