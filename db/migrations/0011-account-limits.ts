import { type Kysely, sql } from 'kysely';

/** P8: what a vendor's Retry-After asked for, by account, for all workers and over restarts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table account_limits (
      user_id text not null,
      account text not null,
      blocked_until timestamptz not null,
      primary key (user_id, account)
    )`.execute(db);
  await sql`alter table account_limits enable row level security`.execute(db);
  await sql`alter table account_limits force row level security`.execute(db);
  await sql`
    create policy own_rows on account_limits to headwater_app
      using (user_id = current_setting('app.user_id', true))
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select, insert, update, delete on account_limits to headwater_app`.execute(db);
}
