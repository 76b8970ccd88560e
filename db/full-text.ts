import { sql } from 'kysely';
import { documentFilter } from './document-filter.ts';
import type { DocumentFilter } from '../domain/documents.ts';
import type { UserTransaction } from './as-user.ts';

/** Chunks of live documents that hold any of the words, best first. A word in the title counts for the first chunk. */
export async function findByWords(
  trx: UserTransaction,
  userId: string,
  query: string,
  limit: number,
  filter: DocumentFilter | undefined,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with asked as (select ${anyWord(query)} as words)
    select id from (
      select c.id, ts_rank_cd(c.search, asked.words, 1) as rank
      from asked, document_chunks c
      join documents d on d.id = c.document_id and d.live_generation = c.generation
      left join data_sources s on s.id = d.data_source_id
      where c.user_id = ${userId} and c.search @@ asked.words ${documentFilter(filter)}
      union all
      select c.id, ts_rank_cd(d.search, asked.words, 1) as rank
      from asked, documents d
      join document_chunks c on c.document_id = d.id and c.generation = d.live_generation and c.ordinal = 0
      left join data_sources s on s.id = d.data_source_id
      where d.user_id = ${userId} and d.search @@ asked.words ${documentFilter(filter)}
    ) found
    group by id order by sum(rank) desc, id
    limit ${limit}`.execute(trx);
  return rows.map((row) => row.id);
}

export interface FoundChunk {
  readonly chunkId: string;
  readonly documentId: string;
  readonly dataSourceId: string | null;
  readonly title: string;
  readonly path: string | null;
  readonly mimeType: string | null;
  readonly sourceUrl: string | null;
  readonly sourceType: string | null;
  readonly modifiedAt: Date | null;
  readonly ordinal: number;
  readonly text: string;
  /** The passage around the words that were asked for. */
  readonly snippet: string;
}

/** Passages up to so many characters are shown as they are. */
const shownWhole = 300;

/** What is shown of a hit. Chunks that have been replaced meanwhile are left out. */
export async function findChunks(
  trx: UserTransaction,
  chunkIds: readonly string[],
  query: string,
): Promise<FoundChunk[]> {
  const { rows } = await sql<FoundChunk>`
    select c.id as chunk_id, d.id as document_id, d.data_source_id, d.title, i.external_path as path, d.mime_type,
      d.source_url, s.source_type, d.modified_at, c.ordinal, c.text,
      case when length(c.text) <= ${shownWhole} then c.text
        else ts_headline('english', c.text, ${anyWord(query)}, 'StartSel="", StopSel="", MaxWords=60, MinWords=30')
      end as snippet
    from document_chunks c
    join documents d on d.id = c.document_id and d.live_generation = c.generation
    left join data_sources s on s.id = d.data_source_id
    left join sync_items i on i.data_source_id = d.data_source_id and i.external_id = d.external_id
    where c.id = any(${chunkIds}::uuid[])`.execute(trx);
  return rows;
}

/** Any of the words rather than all: the ranking prefers chunks that hold more of them, closer together. */
function anyWord(query: string) {
  return sql`replace(plainto_tsquery('english', ${query})::text, '&', '|')::tsquery`;
}
