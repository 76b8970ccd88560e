import { type Kysely, sql } from 'kysely';

/** Hints from vendors: which sources ask for them, and by what their notifications are known. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table data_sources
      add column push_enabled boolean not null default false,
      add column push_active boolean not null default false,
      add column push_error text`.execute(db);
  await sql`alter table sync_jobs drop constraint sync_jobs_trigger_check`.execute(db);
  await sql`
    alter table sync_jobs add constraint sync_jobs_trigger_check
      check (trigger in ('api', 'schedule', 'cli', 'retry', 'webhook'))`.execute(db);
  // external_id: what the vendor names in its notifications. secret_hash: of what each of them must bring along.
  await sql`
    create table push_subscriptions (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null references data_sources (id) on delete cascade,
      vendor text not null,
      external_id text not null,
      resource_id text,
      secret_hash text,
      renew_at timestamptz,
      created_at timestamptz not null default now(),
      unique (data_source_id, vendor, external_id)
    )`.execute(db);
  await sql`create index push_subscriptions_by_hint on push_subscriptions (vendor, external_id)`.execute(db);
  await sql`alter table push_subscriptions enable row level security`.execute(db);
  await sql`alter table push_subscriptions force row level security`.execute(db);
  await sql`
    create policy own_rows on push_subscriptions to headwater_app
      using (user_id = current_setting('app.user_id', true))
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select, insert, update, delete on push_subscriptions to headwater_app`.execute(db);
  await createLookups(db);
}

/** A notification names no user: whose sources it is about is asked outside anybody's scope; ids and a hash come back. */
async function createLookups(db: Kysely<unknown>): Promise<void> {
  await sql`
    create policy hint_lookup on push_subscriptions for select to headwater_lookup using (true)`.execute(db);
  await sql`
    grant select (user_id, data_source_id, vendor, external_id, secret_hash)
      on push_subscriptions to headwater_lookup`.execute(db);
  await sql`grant select (push_enabled) on data_sources to headwater_lookup`.execute(db);
  await sql`
    create function push_targets(vendor text, external_ids text[])
      returns table (user_id text, data_source_id uuid, external_id text, secret_hash text)
      language sql stable security definer set search_path = public as $$
      select p.user_id, p.data_source_id, p.external_id, p.secret_hash from push_subscriptions p
      where p.vendor = $1 and p.external_id = any($2) $$`.execute(db);
  await sql`
    create function sources_with_push() returns table (user_id text, data_source_id uuid)
      language sql stable security definer set search_path = public as $$
      select s.user_id, s.id from data_sources s where s.push_enabled $$`.execute(db);
  // Handing a function over needs the right to create in the schema, for that one moment.
  await sql`grant create on schema public to headwater_lookup`.execute(db);
  for (const name of ['push_targets(text, text[])', 'sources_with_push()']) {
    await sql`alter function ${sql.raw(name)} owner to headwater_lookup`.execute(db);
    await sql`revoke all on function ${sql.raw(name)} from public`.execute(db);
    await sql`grant execute on function ${sql.raw(name)} to headwater_app`.execute(db);
  }
  await sql`revoke create on schema public from headwater_lookup`.execute(db);
}
