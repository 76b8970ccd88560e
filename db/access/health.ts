import { type Kysely, sql } from 'kysely';
import { asUser } from './as-user.ts';
import type { Database } from './database.ts';

/** The state of the sources of one type, over all users. */
export interface SourceHealth {
  readonly sourceType: string;
  readonly sources: number;
  readonly needSignIn: number;
  readonly running: number;
  /** Running jobs that wait for a rate limit, a quota or a sign-in. */
  readonly waiting: number;
  /** Running jobs that wait for approval of removals. */
  readonly held: number;
  /**
   * Time since the last success of the scheduled source that has gone longest without one; null if none has succeeded.
   */
  readonly oldestSuccessSeconds: number | null;
  readonly longestRunSeconds: number | null;
}

/** Numbers for monitoring. Like `ownerOf`, it runs outside any user's scope; it returns no ids. */
export async function findSourceHealth(db: Kysely<Database>): Promise<SourceHealth[]> {
  return await asUser(db, '', async (trx) => (await sql<SourceHealth>`select * from sync_health()`.execute(trx)).rows);
}
