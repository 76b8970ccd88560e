import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/**
 * What a source's jobs did on one day (UTC), and how much there was of it at the end of the last: the figures of the overview. They
 * are written as a job ends, so that nothing has to be scanned to show a year of them. They go with their source.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table source_days (
      data_source_id uuid not null,
      day date not null,
      user_id text not null,
      jobs_completed integer not null default 0,
      jobs_failed integer not null default 0,
      jobs_cancelled integer not null default 0,
      job_seconds double precision not null default 0,
      longest_job_seconds double precision not null default 0,
      items_created bigint not null default 0,
      items_updated bigint not null default 0,
      items_unchanged bigint not null default 0,
      items_removed bigint not null default 0,
      items_skipped bigint not null default 0,
      items_failed bigint not null default 0,
      bytes_processed bigint not null default 0,
      tokens_embedded bigint not null default 0,
      items bigint not null default 0,
      documents bigint not null default 0,
      chunks bigint not null default 0,
      tokens bigint not null default 0,
      primary key (data_source_id, day),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index source_days_by_user on source_days (user_id, day)`.execute(db);
  await sql`
    create table source_day_errors (
      data_source_id uuid not null,
      day date not null,
      code text not null,
      user_id text not null,
      items bigint not null,
      primary key (data_source_id, day, code),
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index source_day_errors_by_user on source_day_errors (user_id, day)`.execute(db);
  // Whose rate limit or quota the job waits for.
  await sql`
    alter table sync_jobs add column waiting_on text check (waiting_on in ('source', 'embedder'))`.execute(db);
  await allowOwnRows(db, ['source_days', 'source_day_errors']);
}
