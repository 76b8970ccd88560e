import { type Kysely, sql } from 'kysely';
import { allowOwnRows } from './row-security.ts';

/** Transformations, and the projects and tags that people or their rules give to documents. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createTransformations(db);
  await createNames(db);
  await createAssignments(db);
  await createRules(db);
  await allowOwnRows(db, [
    'etl_transformations',
    'projects',
    'project_documents',
    'tags',
    'document_tags',
    'assignment_rules',
  ]);
}

async function createTransformations(db: Kysely<unknown>): Promise<void> {
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
}

async function createNames(db: Kysely<unknown>): Promise<void> {
  for (const table of ['projects', 'tags']) {
    await sql`
      create table ${sql.table(table)} (
        id uuid primary key default uuid_v7(),
        user_id text not null,
        name text not null,
        created_at timestamptz not null default now(),
        unique (user_id, name),
      unique (id, user_id)
      )`.execute(db);
  }
}

/** Decisions of a person override the rules: a removal by a person is stored as a row with `is_removed`. */
async function createAssignments(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table project_documents (
      user_id text not null,
      project_id uuid not null,
      document_id uuid not null,
      assigned_by text not null default 'person' check (assigned_by in ('person', 'rule')),
      is_removed boolean not null default false,
      primary key (project_id, document_id),
      foreign key (project_id, user_id) references projects (id, user_id) on delete cascade,
      foreign key (document_id, user_id) references documents (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index project_documents_by_document on project_documents (document_id)`.execute(db);
  await sql`
    create table document_tags (
      user_id text not null,
      document_id uuid not null,
      tag_id uuid not null,
      assigned_by text not null default 'person' check (assigned_by in ('person', 'rule')),
      is_removed boolean not null default false,
      primary key (document_id, tag_id),
      foreign key (document_id, user_id) references documents (id, user_id) on delete cascade,
      foreign key (tag_id, user_id) references tags (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index document_tags_by_tag on document_tags (tag_id)`.execute(db);
}

/** A rule assigns the documents of a source, or those below a path in it, to one project or one tag. */
async function createRules(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table assignment_rules (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      project_id uuid,
      tag_id uuid,
      data_source_id uuid not null,
      path text,
      path_pattern text,
      created_at timestamptz not null default now(),
      check (num_nonnulls(project_id, tag_id) = 1),
      check ((path is null) = (path_pattern is null)),
      foreign key (project_id, user_id) references projects (id, user_id) on delete cascade,
      foreign key (tag_id, user_id) references tags (id, user_id) on delete cascade,
      foreign key (data_source_id, user_id) references data_sources (id, user_id) on delete cascade
    )`.execute(db);
  await sql`create index assignment_rules_by_source on assignment_rules (data_source_id)`.execute(db);
}
