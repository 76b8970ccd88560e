/** Estimates from a sample of a user's chunks, so that neither all chunks nor all documents must be counted. */

import { sql } from 'kysely';
import type { DocumentFilter } from '../../domain/documents.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { documentFilter } from './document-filter.ts';

/** Number of chunks in a sample. */
export const sampleSize = 300;

/** The approximate number of a user's chunks, and the share of them that pass a filter. */
export interface FilterEstimate {
  readonly chunks: number;
  readonly share: number;
}

/** The same sample always gives the same estimate. */
export async function estimateFilter(
  trx: UserTransaction,
  userId: string,
  filter: DocumentFilter,
): Promise<FilterEstimate> {
  const { rows } = await sql<{ size: number; last: string | null; passing: number }>`
    with ${sampleOf(userId, sql`text_hash, document_id`)}
    select ${sizeOfSample} as size, ${lastOfSample} as last, ${passingOfSample(filter)} as passing`.execute(trx);
  const { size = 0, last = null, passing = 0 } = rows[0] ?? {};
  return { chunks: estimateChunks(size, last), share: passing / Math.max(1, size) };
}

/**
 * The named query `sample`: the chunks with the lowest text hashes, which are in random order. Every hash is `>= ''`: the
 * index of users and hashes is used only by statements that name a hash (docs/decisions/40-plans-for-new-sources.md).
 */
export function sampleOf(userId: string, columns: ReturnType<typeof sql>) {
  return sql`sample as materialized (
    select ${columns} from document_chunks where user_id = ${userId} and text_hash >= ''
    order by text_hash limit ${sampleSize})`;
}

export const sizeOfSample = sql`(select count(*)::integer from sample)`;
export const lastOfSample = sql`(select max(text_hash) from sample)`;

/** The number of chunks of the sample that pass the filter. */
export function passingOfSample(filter: DocumentFilter | undefined) {
  if (filter === undefined) return sizeOfSample;
  return sql`(select count(passed)::integer from sample cross join lateral (
    select true as passed from documents d
    where d.id = sample.document_id ${documentFilter(filter)} offset 0) one)`;
}

/** Estimates the number of all chunks from the range that the hashes of the sample cover. */
export function estimateChunks(size: number, last: string | null): number {
  return size < sampleSize ? size : Math.round(size / shareUpTo(last ?? ''));
}

/** The share of all hashes that are at or below this one. */
function shareUpTo(hash: string): number {
  return Math.max(1, Number.parseInt(hash.slice(0, 12), 16)) / 16 ** 12;
}
