/**
 * Vectors that were paid for but that an external store did not accept: they are kept in their claims until it does.
 */

import { sql } from 'kysely';
import type { UserTransaction } from '../../db/access/as-user.ts';
import { inSpace, recordsOf } from '../../db/vectors/vector-records.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { encodeVector } from './pgvector-encoding.ts';
import type { VectorRecord } from './vector-index.ts';

export async function savePendingUpserts(
  trx: UserTransaction,
  space: VectorSpace,
  records: readonly VectorRecord[],
): Promise<void> {
  const rows = records.map((r) => sql`(${r.textHash}, ${encodeVector(r.vector)}::vector)`);
  await sql`
    update embeddings e set vector = x.vector from (values ${sql.join(rows)}) as x(text_hash, vector)
    where ${inSpace(space)} and e.text_hash = x.text_hash and e.stored_at is null
      and e.text_hash = any(${records.map((r) => r.textHash)}::text[])`.execute(trx);
}

export async function findPendingUpserts(
  trx: UserTransaction,
  space: VectorSpace,
  textHashes: readonly string[],
): Promise<VectorRecord[]> {
  const { rows } = await sql<{ textHash: string; numbers: number[] }>`
    select e.text_hash, e.vector::real[] as numbers from ${recordsOf(space, textHashes)}
    where e.vector is not null and e.stored_at is null`.execute(trx);
  return rows.map(({ textHash, numbers }) => ({ textHash, vector: Float32Array.from(numbers) }));
}
