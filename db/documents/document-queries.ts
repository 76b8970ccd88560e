/** Documents as people see them: live versions only. */

import { sql } from 'kysely';
import type { DocumentFilter } from '../../domain/documents.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { PagePosition } from '../access/cursors.ts';
import { documentFilter, documentsToFilter, documentsToWalk, hasAnyId } from './document-filter.ts';

interface NamedCollection {
  readonly id: string;
  readonly name: string;
}

export interface DocumentRow {
  readonly id: string;
  readonly dataSourceId: string | null;
  readonly externalId: string;
  readonly archiveId: string | null;
  readonly itemType: string;
  readonly title: string;
  readonly path: string | null;
  readonly mimeType: string | null;
  readonly sourceUrl: string | null;
  readonly metadata: Record<string, unknown>;
  readonly version: number;
  readonly chunkCount: number;
  readonly tokens: number;
  readonly projects: readonly NamedCollection[];
  readonly tags: readonly NamedCollection[];
  readonly modifiedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const documentColumns = sql`d.id, d.data_source_id,
  d.external_id || coalesce('!/' || d.member_path, '') as external_id, d.archive_id, d.item_type, d.title,
  i.external_path || coalesce('!/' || d.member_path, '') as path, d.mime_type,
  d.source_url, d.metadata, d.version, d.chunk_count, d.tokens, d.modified_at, d.created_at, d.updated_at,
  (select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name) order by p.name), '[]')
    from (select project_id from project_documents where document_id = d.id and not is_removed offset 0) pd
      join projects p on p.id = pd.project_id) as projects,
  (select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name) order by t.name), '[]')
    from (select tag_id from document_tags where document_id = d.id and not is_removed offset 0) dt
      join tags t on t.id = dt.tag_id) as tags`;

/** The item of a document `d`, looked up by its key (docs/decisions/40-plans-for-new-sources.md). */
export const itemOfDocument = sql`lateral (select external_path from sync_items
  where data_source_id = d.data_source_id and external_id = d.external_id offset 0)`;

/** The tables to which `documentColumns` and `documentFilter` refer. */
const tablesOf = (documents: ReturnType<typeof sql>) => sql`${documents} d
  left join data_sources s on s.id = d.data_source_id
  left join ${itemOfDocument} i on true`;

export const documentTables = tablesOf(sql`documents`);

type ListFilter = DocumentFilter & { readonly text?: string | undefined };

function listFilter(filter: ListFilter) {
  const pattern = filter.text === undefined ? null : `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`${hasAnyId} and d.live_generation is not null ${documentFilter(filter)}
      and (${pattern}::text is null or d.title ilike ${pattern} or i.external_path ilike ${pattern})`;
}

/**
 * Newest first, by the ids, which never change: whoever reads page after page gets every document that exists from
 * the first page to the last, once, whatever changes meanwhile.
 * @param before the id of the last document of the previous page @param text part of the title or the path
 */
export async function listDocuments(
  trx: UserTransaction,
  filter: ListFilter,
  limit: number,
  before: string | null,
): Promise<DocumentRow[]> {
  const documents = await documentsToWalk(trx, filter);
  const { rows } = await sql<DocumentRow>`
    select ${documentColumns} from ${tablesOf(documents)}
    where ${listFilter(filter)} and (${before}::uuid is null or d.id < ${before}::uuid)
    order by d.id desc
    limit ${limit}`.execute(trx);
  return rows;
}

/** The orders that people choose. Null values come last. */
export type DocumentOrder = 'title' | 'modified' | 'tokens';

const orders = {
  title: {
    value: sql`lower(d.title) collate "C"`,
    asText: sql`lower(d.title)`,
    type: sql`text`,
    isAscending: true,
  },
  modified: {
    value: sql`date_trunc('milliseconds', coalesce(d.modified_at, 'epoch'))`,
    asText: sql`to_char(coalesce(d.modified_at, 'epoch') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    type: sql`timestamptz`,
    isAscending: false,
  },
  tokens: { value: sql`d.tokens`, asText: sql`d.tokens::text`, type: sql`integer`, isAscending: false },
} as const;

/** The end of a page: the value that it is ordered by, as text, and the document's id. */
export interface SortPosition {
  readonly value: string;
  readonly id: string;
}

/** By title, time of modification or size. A document that changes meanwhile may be shown twice or not at all. */
export async function listSortedDocuments(
  trx: UserTransaction,
  filter: ListFilter,
  order: DocumentOrder,
  limit: number,
  after: SortPosition | null,
): Promise<(DocumentRow & { readonly sortValue: string })[]> {
  const { value, asText, type, isAscending } = orders[order];
  const direction = isAscending ? sql`asc` : sql`desc`;
  const beyond = isAscending ? sql`>` : sql`<`;
  const rest =
    after === null ? sql`true` : sql`(${value}, d.id) ${beyond} (${after.value}::${type}, ${after.id}::uuid)`;
  const { rows } = await sql<DocumentRow & { readonly sortValue: string }>`
    select ${documentColumns}, ${asText} as sort_value from ${tablesOf(documentsToFilter(filter))}
    where ${listFilter(filter)} and ${rest}
    order by ${value} ${direction}, d.id ${direction}
    limit ${limit}`.execute(trx);
  return rows;
}

/** Counting more takes longer than a person waits. */
const maxCounted = 100_000;

/** How many documents match; null if there are more than are counted. */
export async function countDocuments(trx: UserTransaction, filter: ListFilter): Promise<number | null> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from ${tablesOf(documentsToFilter(filter))} where ${listFilter(filter)} limit ${maxCounted + 1}) matching`.execute(
    trx,
  );
  const count = rows[0]?.count ?? 0;
  return count > maxCounted ? null : count;
}

/** The latest change first, for people: a document that changes while they turn pages moves to the front. */
export async function listLatestDocuments(
  trx: UserTransaction,
  filter: ListFilter,
  limit: number,
  after: PagePosition | null,
): Promise<DocumentRow[]> {
  const { rows } = await sql<DocumentRow>`
    select ${documentColumns} from ${tablesOf(documentsToFilter(filter))}
    where ${listFilter(filter)}
      and (${after?.at ?? null}::timestamptz is null
        or (date_trunc('milliseconds', d.updated_at), d.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by date_trunc('milliseconds', d.updated_at) desc, d.id desc
    limit ${limit}`.execute(trx);
  return rows;
}

export async function findDocument(trx: UserTransaction, id: string): Promise<DocumentRow | undefined> {
  const { rows } = await sql<DocumentRow>`
    select ${documentColumns} from ${documentTables} where d.id = ${id} and d.live_generation is not null`.execute(trx);
  return rows[0];
}

export interface ChunkRow {
  readonly id: string;
  readonly ordinal: number;
  readonly text: string;
  readonly tokens: number;
}

/** The live chunks in order. Their texts, joined, are the document's text. */
export async function listChunks(trx: UserTransaction, documentId: string): Promise<ChunkRow[]> {
  const { rows } = await sql<ChunkRow>`
    select c.id, c.ordinal, c.text, c.tokens
    from document_chunks c join documents d on d.id = c.document_id and d.live_generation = c.generation
    where d.id = ${documentId} order by c.ordinal`.execute(trx);
  return rows;
}

/** Some of the live chunks, from a given one on, because long documents are read in parts. */
export async function listChunksFrom(
  trx: UserTransaction,
  documentId: string,
  from: number,
  limit: number,
): Promise<ChunkRow[]> {
  const { rows } = await sql<ChunkRow>`
    select c.id, c.ordinal, c.text, c.tokens
    from document_chunks c join documents d on d.id = c.document_id and d.live_generation = c.generation
    where d.id = ${documentId} and c.ordinal >= ${from} order by c.ordinal limit ${limit}`.execute(trx);
  return rows;
}
