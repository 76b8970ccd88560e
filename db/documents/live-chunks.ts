import { sql } from 'kysely';
import type { DocumentFilter } from '../../domain/documents.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { documentFilter } from './document-filter.ts';

export interface ScoredText {
  readonly textHash: string;
  readonly score: number;
}

export interface ScoredChunk {
  readonly chunkId: string;
  readonly score: number;
}

/**
 * The chunks of live documents with these texts, best first. Postgres decides, because an external store may be out of
 * date.
 */
export async function findLiveChunks(
  trx: UserTransaction,
  userId: string,
  texts: readonly ScoredText[],
  filter: DocumentFilter | undefined,
  limit: number,
): Promise<ScoredChunk[]> {
  const { rows } = await sql<ScoredChunk>`
    select c.id as chunk_id, x.score
    from unnest(${texts.map((t) => t.textHash)}::text[], ${texts.map((t) => t.score)}::float8[]) as x(text_hash, score)
    join document_chunks c on c.user_id = ${userId} and c.text_hash = x.text_hash
    join documents d on d.id = c.document_id and d.live_generation = c.generation
    left join data_sources s on s.id = d.data_source_id
    where true ${documentFilter(filter)}
    order by x.score desc, c.id
    limit ${limit}`.execute(trx);
  return rows;
}
