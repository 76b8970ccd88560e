import { type Kysely, sql } from 'kysely';
import { asUser } from './as-user.ts';
import type { Database } from './database.ts';

/** How the sources of one type are, over all users. */
export interface SourceHealth {
  readonly sourceType: string;
  readonly sources: number;
  readonly needSignIn: number;
  readonly running: number;
  /** Running jobs that wait for a limit, a quota or a sign-in. */
  readonly waiting: number;
  /** Running jobs that wait for a decision about removals. */
  readonly held: number;
  /** Since the last success of the source that has gone longest without one, among those with a schedule; null: none has. */
  readonly oldestSuccessSeconds: number | null;
  readonly longestRunSeconds: number | null;
}

/** Numbers for monitoring: like `ownerOf` outside any user's scope, and without ids. */
export async function findSourceHealth(db: Kysely<Database>): Promise<SourceHealth[]> {
  return await asUser(db, '', async (trx) => (await sql<SourceHealth>`select * from sync_health()`.execute(trx)).rows);
}
