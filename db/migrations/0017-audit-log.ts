import { type Kysely, sql } from 'kysely';
import { runAs } from './row-security.ts';

/**
 * Who did what, and from where. A request is one row when it begins and one when it has ended, which refers to the
 * first: the app role may add rows and read a user's own, and has no right to change or delete any. Time and id are the
 * database's, so no row can be dated back. Two functions may do more: one deletes what is older than the retention
 * period, for which the policy allows nothing younger than 30 days, and one takes a user's name off their rows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table audit_events (
      id uuid primary key default uuid_v7(),
      at timestamptz not null default now(),
      user_id text not null,
      begun_as uuid unique,
      action text not null check (length(action) <= 200),
      actor text not null check (actor in ('user', 'key')),
      key_id uuid,
      address text check (length(address) <= 100),
      target_id text check (length(target_id) <= 200),
      status integer,
      check ((begun_as is null) = (status is null))
    )`.execute(db);
  await sql`create index audit_events_by_user on audit_events (user_id, id) where begun_as is null`.execute(db);
  await sql`create index audit_events_by_time on audit_events (at)`.execute(db);
  await sql`alter table audit_events enable row level security`.execute(db);
  await sql`alter table audit_events force row level security`.execute(db);
  await sql`
    create policy read_own on audit_events for select to headwater_app
      using (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`
    create policy add_own on audit_events for insert to headwater_app
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select on audit_events to headwater_app`.execute(db);
  await sql`
    grant insert (user_id, begun_as, action, actor, key_id, address, target_id, status) on audit_events
      to headwater_app`.execute(db);
  await createPruning(db);
  await createAnonymizing(db);
}

async function createPruning(db: Kysely<unknown>): Promise<void> {
  await sql`create policy look_up on audit_events for select to headwater_lookup using (true)`.execute(db);
  await sql`
    create policy prune on audit_events for delete to headwater_lookup
      using (at < now() - interval '30 days')`.execute(db);
  await sql`grant select (id, at, user_id), delete on audit_events to headwater_lookup`.execute(db);
  await sql`
    create function prune_audit_events(days integer, most integer) returns integer language sql volatile security definer
      set search_path = pg_catalog, pg_temp as $$
      with pruned as (
        delete from public.audit_events where id in (
          select e.id from public.audit_events e where e.at < now() - make_interval(days => greatest($1, 30))
          order by e.at limit $2)
        returning 1)
      select count(*)::integer from pruned $$`.execute(db);
  await runAs(db, 'headwater_lookup', 'prune_audit_events(integer, integer)');
}

async function createAnonymizing(db: Kysely<unknown>): Promise<void> {
  await sql`
    create policy anonymize on audit_events for update to headwater_lookup
      using (user_id = current_setting('app.user_id', true)) with check (user_id like 'erased/%')`.execute(db);
  await sql`grant update (user_id, key_id, address) on audit_events to headwater_lookup`.execute(db);
  await sql`
    create function anonymize_audit_events() returns integer language sql volatile security definer
      set search_path = pg_catalog, pg_temp as $$
      with anonymous as (select 'erased/' || gen_random_uuid() as name),
        changed as (
          update public.audit_events e set user_id = a.name, key_id = null, address = null from anonymous a
          where e.user_id = current_setting('app.user_id', true)
          returning 1)
      select count(*)::integer from changed $$`.execute(db);
  await runAs(db, 'headwater_lookup', 'anonymize_audit_events()');
}
