import { type Kysely, sql } from 'kysely';

/** A job's own speed, an account's pace, and since when a source is connected. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sync_jobs
      add column pages_at_once integer,
      add column requests_per_second real check (requests_per_second > 0)`.execute(db);
  await sql`alter table data_sources add column connected_at timestamptz`.execute(db);
  // next_at: when the account's next unit may be spent; factor: the share of its ceiling that is in force.
  await sql`
    alter table account_limits
      alter column blocked_until set default now(),
      add column next_at timestamptz not null default now(),
      add column factor real not null default 1,
      add column factor_at timestamptz not null default now()`.execute(db);
}
