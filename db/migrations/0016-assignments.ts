import { type Kysely, sql } from 'kysely';

/**
 * Who put a document into a project or gave it a tag. What a person has done stands, whatever the rules say: a removal is
 * remembered as a row. A rule assigns what lies in a source, or below a path of it, to one project or one tag.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['project_documents', 'document_tags']) {
    await sql`
      alter table ${sql.table(table)}
        add column assigned_by text not null default 'person' check (assigned_by in ('person', 'rule')),
        add column is_removed boolean not null default false`.execute(db);
  }
  await sql`create index project_documents_by_document on project_documents (document_id)`.execute(db);
  await sql`create index document_tags_by_tag on document_tags (tag_id)`.execute(db);
  await sql`
    create table assignment_rules (
      id uuid primary key default uuid_v7(),
      user_id text not null,
      project_id uuid references projects (id) on delete cascade,
      tag_id uuid references tags (id) on delete cascade,
      data_source_id uuid not null references data_sources (id) on delete cascade,
      path text,
      path_pattern text,
      created_at timestamptz not null default now(),
      check (num_nonnulls(project_id, tag_id) = 1),
      check ((path is null) = (path_pattern is null))
    )`.execute(db);
  await sql`create index assignment_rules_by_source on assignment_rules (data_source_id)`.execute(db);
  await sql`alter table assignment_rules enable row level security`.execute(db);
  await sql`alter table assignment_rules force row level security`.execute(db);
  await sql`
    create policy own_rows on assignment_rules to headwater_app
      using (user_id = current_setting('app.user_id', true))
      with check (user_id = current_setting('app.user_id', true))`.execute(db);
  await sql`grant select, insert, update, delete on assignment_rules to headwater_app`.execute(db);
}
