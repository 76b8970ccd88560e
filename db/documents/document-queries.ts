/** Documents as people see them: live versions only. */

import { sql } from 'kysely';
import type { DocumentFilter } from '../../domain/documents.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { PagePosition } from '../access/cursors.ts';
import { documentFilter, documentsToWalk, hasAnyId, narrowedDocuments } from './document-filter.ts';

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

/** The tables to which `documentColumns` refer. */
const documentTables = sql`documents d left join ${itemOfDocument} i on true`;

type ListFilter = DocumentFilter & { readonly text?: string | undefined };

/** Among so many documents, a text is looked for in each one's path. */
const maxWalked = 2000;

/** Adds what is shown to the documents of a page `page`, so that it is looked up for no others. */
const shown = sql`page cross join lateral (select * from documents where id = page.id offset 0) d
  left join ${itemOfDocument} i on true`;

/** Selects the documents `d` that pass a filter, each once, from some of the user's, or from all. */
function matching(documents: ReturnType<typeof sql> | null, { text, ...filter }: ListFilter) {
  const passes = sql`${hasAnyId} and d.live_generation is not null ${documentFilter(filter)}`;
  if (text === undefined) return sql`(select d.* from ${documents ?? sql`documents`} d where ${passes})`;
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  if (documents !== null) {
    return sql`(select d.* from ${documents} d left join ${itemOfDocument} i on true
      where ${passes} and (d.title ilike ${pattern} or i.external_path ilike ${pattern}))`;
  }
  // To look up the path of each document takes ten times as long as to read all paths.
  return sql`(
    select d.* from documents d where ${passes} and d.title ilike ${pattern}
    union all
    select d.* from data_sources s cross join lateral (
      select external_id from sync_items
      where data_source_id = s.id and ${isAmong(filter.dataSourceIds)} and external_path ilike ${pattern} offset 0
    ) i cross join lateral (
      select * from documents where data_source_id = s.id and external_id = i.external_id offset 0
    ) d where ${passes} and d.title not ilike ${pattern})`;
}

const isAmong = (dataSourceIds: readonly string[] | undefined) =>
  dataSourceIds === undefined ? sql`true` : sql`s.id = any(${dataSourceIds}::uuid[])`;

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
  const isNext = sql`(${before}::uuid is null or d.id < ${before}::uuid)`;
  const list = async (documents: ReturnType<typeof sql>) => {
    const { rows } = await sql<DocumentRow>`
      with page as materialized (select d.id from ${documents} d where ${isNext} order by d.id desc limit ${limit})
      select ${documentColumns} from ${shown} order by d.id desc`.execute(trx);
    return rows;
  };
  const some = await documentsToWalk(trx, filter);
  if (filter.text === undefined || some !== null) return await list(matching(some, filter));
  const first = sql`(select * from documents d where ${hasAnyId} and ${isNext} order by d.id desc limit ${maxWalked})`;
  const found = await list(matching(first, filter));
  return found.length === limit ? found : await list(matching(null, filter));
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
  const inOrder = sql`${value} ${direction}, d.id ${direction}`;
  const { rows } = await sql<DocumentRow & { readonly sortValue: string }>`
    with page as materialized (
      select d.id from ${matching(narrowedDocuments(filter), filter)} d
      where ${rest} order by ${inOrder} limit ${limit})
    select ${documentColumns}, ${asText} as sort_value from ${shown} order by ${inOrder}`.execute(trx);
  return rows;
}

/** Counting more takes longer than a person waits. */
const maxCounted = 100_000;

/** How many documents match; null if there are more than are counted. */
export async function countDocuments(trx: UserTransaction, filter: ListFilter): Promise<number | null> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from ${matching(narrowedDocuments(filter), filter)} d limit ${maxCounted + 1}) counted`.execute(trx);
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
  const time = sql`date_trunc('milliseconds', d.updated_at)`;
  const { rows } = await sql<DocumentRow>`
    with page as materialized (
      select d.id from ${matching(narrowedDocuments(filter), filter)} d
      where (${after?.at ?? null}::timestamptz is null
        or (${time}, d.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by ${time} desc, d.id desc limit ${limit})
    select ${documentColumns} from ${shown} order by ${time} desc, d.id desc`.execute(trx);
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
