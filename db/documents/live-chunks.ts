import { sql } from 'kysely';
import type { DocumentFilter } from '../../domain/documents.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { documentFilter } from './document-filter.ts';

export interface ScoredText {
  readonly textHash: string;
  readonly score: number;
}

export interface LiveChunk {
  readonly chunkId: string;
  readonly score: number;
}

/** The chunks with one text. `offset 0` makes it a look-up for each text. */
export function chunksOf(userId: string, textHash: ReturnType<typeof sql>) {
  return sql`select id, document_id, generation from document_chunks
    where user_id = ${userId} and text_hash = ${textHash} order by id offset 0`;
}

/** The chunks of a document `d`, of its live version, looked up by their key (docs/decisions/40-plans-for-new-sources.md). */
export const chunksOfDocument = sql`lateral (select * from document_chunks
  where document_id = d.id and generation = d.live_generation offset 0)`;

/** One row if the chunk `c` is part of a live document that passes the filter. */
export function isLive(filter: DocumentFilter | undefined) {
  return sql`select from documents d
    where d.id = c.document_id and d.live_generation = c.generation ${documentFilter(filter)} offset 0`;
}

/**
 * The chunks of live documents with these texts, best first. Postgres decides, because an external store may be out of
 * date. Each text is looked up (`offset 0`): with thousands of them and a filter, the planner would rather compare each
 * with each chunk that passes, because it underestimates both.
 */
export async function findLiveChunks(
  trx: UserTransaction,
  userId: string,
  texts: readonly ScoredText[],
  filter: DocumentFilter | undefined,
  limit: number,
): Promise<LiveChunk[]> {
  const { rows } = await sql<LiveChunk>`
    select c.id as chunk_id, x.score
    from unnest(${texts.map((t) => t.textHash)}::text[], ${texts.map((t) => t.score)}::float8[]) as x(text_hash, score)
    cross join lateral (${chunksOf(userId, sql`x.text_hash`)}) c
    cross join lateral (${isLive(filter)}) live
    order by x.score desc, c.id
    limit ${limit}`.execute(trx);
  return rows;
}
