import { type Kysely, sql } from 'kysely';

/**
 * `source_gaps`: parts of a source that could not be listed, until they can; `job_gaps`: those that one job met. An empty
 * `external_id`: it is not known which part. `job_removals`: what a job takes for gone and has not removed yet; an item is
 * removed when the whole listing has been seen, what it missed has been confirmed and the guard has been asked.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table source_gaps (
      data_source_id uuid not null references data_sources (id) on delete cascade,
      external_id text not null,
      user_id text not null,
      name text not null,
      code text not null,
      message text not null,
      since timestamptz not null default now(),
      attempts integer not null default 1,
      next_attempt_at timestamptz,
      last_job_id uuid not null,
      primary key (data_source_id, external_id)
    )`.execute(db);
  await sql`
    create table job_gaps (
      job_id uuid not null references sync_jobs (id) on delete cascade,
      external_id text not null,
      user_id text not null,
      name text not null,
      code text not null,
      message text not null,
      since timestamptz not null,
      next_attempt_at timestamptz,
      primary key (job_id, external_id)
    )`.execute(db);
  await sql`
    create table job_removals (
      job_id uuid not null references sync_jobs (id) on delete cascade,
      external_id text not null,
      user_id text not null,
      reason text not null check (reason in ('named', 'path', 'inside', 'missed')),
      state text not null default 'open' check (state in ('open', 'confirmed', 'listed')),
      primary key (job_id, external_id)
    )`.execute(db);
  for (const table of ['source_gaps', 'job_gaps', 'job_removals']) await protect(db, table);
  await sql`
    alter table job_pages drop constraint job_pages_kind_check,
      add constraint job_pages_kind_check
        check (kind in ('listing', 'container', 'retry', 'manual', 'stale', 'confirm', 'sweep'))`.execute(db);
  // How a listing gets on, page by page: what a listing that never ends is recognised by.
  await sql`
    alter table job_pages add column cursor_digest text, add column content_digest text,
      add column repeats integer not null default 0, add column idle integer not null default 0`.execute(db);
  await sql`create index job_pages_by_cursor on job_pages (job_id, cursor_digest)`.execute(db);
  await sql`create index job_pages_by_content on job_pages (job_id, content_digest)`.execute(db);
  // What a job that was stopped had found and not come to: neither left out nor failed, since nobody has tried it.
  await sql`alter table sync_jobs add column items_pending integer not null default 0`.execute(db);
}

async function protect(db: Kysely<unknown>, table: string): Promise<void> {
  const name = sql.table(table);
  await sql`alter table ${name} enable row level security`.execute(db);
  await sql`alter table ${name} force row level security`.execute(db);
  await sql`
    create policy own_rows on ${name} to headwater_app
      using (user_id = current_setting('app.user_id', true))
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select, insert, update, delete on ${name} to headwater_app`.execute(db);
}
