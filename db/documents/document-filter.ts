import { sql } from 'kysely';
import type { DocumentFilter } from '../../domain/documents.ts';
import type { UserTransaction } from '../access/as-user.ts';

/**
 * True of every document `d`. Statements that read all documents of a user say it, and only these are served by the index
 * of users and ids: where one document is looked up, it must not be taken for its key
 * (docs/decisions/40-plans-for-new-sources.md).
 */
export const hasAnyId = sql<boolean>`d.id >= '00000000-0000-0000-0000-000000000000'`;

/**
 * Conditions on `d` (documents), each beginning with `and`. Empty without a filter. Projects and tags are looked up for each
 * document (`offset 0`), and the sources of a type are listed once: `is true` keeps PostgreSQL from joining them, because it
 * would then find each document from its source, which takes five times as long as to read all.
 */
export function documentFilter(filter: DocumentFilter | undefined) {
  const conditions = [
    filter?.dataSourceIds && sql`and d.data_source_id = any(${filter.dataSourceIds}::uuid[])`,
    filter?.sourceTypes &&
      sql`and (d.data_source_id in (select id from data_sources
      where source_type = any(${filter.sourceTypes}::text[]))) is true`,
    filter?.mimeTypes && sql`and d.mime_type = any(${filter.mimeTypes}::text[])`,
    filter?.projectIds &&
      sql`and exists (select from project_documents pd
      where pd.document_id = d.id and pd.project_id = any(${filter.projectIds}::uuid[]) and not pd.is_removed offset 0)`,
    filter?.tagIds &&
      sql`and exists (select from document_tags dt
      where dt.document_id = d.id and dt.tag_id = any(${filter.tagIds}::uuid[]) and not dt.is_removed offset 0)`,
    filter?.modifiedAfter && sql`and d.modified_at >= ${filter.modifiedAfter}::timestamptz`,
    filter?.modifiedBefore && sql`and d.modified_at <= ${filter.modifiedBefore}::timestamptz`,
  ].filter((condition) => condition !== undefined && condition !== '');
  return sql.join(conditions, sql` `);
}

/**
 * The documents to which a filter's conditions are then applied, where all that pass are wanted: those of its time, its
 * projects and its tags, which an index finds, or all. PostgreSQL would rather begin with whatever it underestimates.
 * `offset 0` keeps it from that, and from going through all of a user's documents for each one of another table.
 */
export function documentsToFilter(filter: DocumentFilter | undefined) {
  return narrowedDocuments(filter) ?? sql`documents`;
}

/** Those of `documentsToFilter`; null if these are all. */
export function narrowedDocuments(filter: DocumentFilter = {}) {
  const { modifiedAfter = '-infinity', modifiedBefore = 'infinity' } = filter;
  if (filter.modifiedAfter !== undefined || filter.modifiedBefore !== undefined) {
    return sql`(select * from documents
      where modified_at between ${modifiedAfter}::timestamptz and ${modifiedBefore}::timestamptz offset 0)`;
  }
  const links = linksOf(filter);
  return links === null ? null : documentsOf(links);
}

/** More documents of a project or tag than this are met soon on a walk through all of a user's documents. */
const maxNamed = 10_000;

/**
 * The documents to which a filter's conditions are then applied, where a few that pass are wanted in the order of ids:
 * those of its projects and tags if these are few; null for all.
 */
export async function documentsToWalk(trx: UserTransaction, filter: DocumentFilter) {
  const links = linksOf(filter);
  if (links === null) return null;
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (${links} limit ${maxNamed + 1}) first`.execute(trx);
  return (rows[0]?.count ?? 0) > maxNamed ? null : documentsOf(links);
}

function documentsOf(links: ReturnType<typeof sql>) {
  return sql`(select * from documents where id = any(array(${links})) offset 0)`;
}

/** Selects the ids of the documents of a filter's projects and tags; null without either. */
function linksOf({ projectIds, tagIds }: DocumentFilter) {
  const links = [
    projectIds &&
      sql`select document_id from project_documents where project_id = any(${projectIds}::uuid[]) and not is_removed`,
    tagIds && sql`select document_id from document_tags where tag_id = any(${tagIds}::uuid[]) and not is_removed`,
  ].filter((ids) => ids !== undefined);
  return links.length === 0 ? null : sql.join(links, sql` intersect `);
}
