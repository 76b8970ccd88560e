import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table etl_transformations (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      name text not null,
      source_type text,
      transformation_type text not null,
      config jsonb not null default '{}',
      execution_order integer not null default 0,
      is_active boolean not null default true,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create table scheduled_syncs (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      data_source_id uuid not null references data_sources (id) on delete cascade,
      schedule_type text not null check (schedule_type in ('cron', 'interval', 'daily', 'weekly')),
      schedule_config jsonb not null default '{}',
      next_run_at timestamptz,
      last_run_at timestamptz,
      is_active boolean not null default true,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db);
  await sql`
    create table projects (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      name text not null,
      created_at timestamptz not null default now(),
      unique (user_id, name)
    )`.execute(db);
  await sql`
    create table project_documents (
      user_id text not null,
      project_id uuid not null references projects (id) on delete cascade,
      document_id uuid not null references documents (id) on delete cascade,
      primary key (project_id, document_id)
    )`.execute(db);
  await sql`
    create table tags (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      name text not null,
      created_at timestamptz not null default now(),
      unique (user_id, name)
    )`.execute(db);
  await sql`
    create table document_tags (
      user_id text not null,
      document_id uuid not null references documents (id) on delete cascade,
      tag_id uuid not null references tags (id) on delete cascade,
      primary key (document_id, tag_id)
    )`.execute(db);
}
