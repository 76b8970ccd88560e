/** Which store and model answer for a user, and how one replaces another. */

import { sql } from 'kysely';
import { isSameSpace, type VectorSpace } from '../../domain/vectors.ts';
import type { UserTransaction } from '../access/as-user.ts';
import { hasAnyId } from '../documents/document-filter.ts';
import { inSpace, isStored } from './vector-records.ts';

/** The spaces to which a user's new vectors are written. */
export interface OpenSpaces {
  readonly live: VectorSpace;
  /** During a move, new vectors are written to this space as well, so that the move can finish. */
  readonly building: VectorSpace | null;
}

/** The space that searches use. A user without vectors starts with the configured one. */
export async function findLiveSpace(trx: UserTransaction, configured: VectorSpace): Promise<VectorSpace> {
  return (await findSpaces(trx, 'live'))[0] ?? configured;
}

/** Like `findLiveSpace`, but records the space: from the first vector on, only a move changes it. */
export async function openSpaces(trx: UserTransaction, userId: string, configured: VectorSpace): Promise<OpenSpaces> {
  const { live, building } = await findOpenSpaces(trx);
  if (live === undefined) {
    await sql`
      insert into vector_spaces (user_id, store, model, dimensions, state)
      values (${userId}, ${configured.store}, ${configured.model}, ${configured.dimensions}, 'live')
      on conflict do nothing`.execute(trx);
  }
  return {
    live: live ?? (await findLiveSpace(trx, configured)),
    building: building ?? null,
  };
}

/** Reads both in one statement. */
export async function findOpenSpaces(
  trx: UserTransaction,
): Promise<{ readonly live: VectorSpace | undefined; readonly building: VectorSpace | undefined }> {
  const rows = await trx
    .selectFrom('vectorSpaces')
    .select(['store', 'model', 'dimensions', 'state'])
    .where('state', 'in', ['live', 'building'])
    .execute();
  const inState = (state: 'live' | 'building'): VectorSpace | undefined => rows.find((row) => row.state === state);
  return { live: inState('live'), building: inState('building') };
}

/** Every space that may contain vectors of the user. */
export async function findAllSpaces(trx: UserTransaction): Promise<VectorSpace[]> {
  return await trx.selectFrom('vectorSpaces').select(['store', 'model', 'dimensions']).orderBy('createdAt').execute();
}

export async function findSpaces(
  trx: UserTransaction,
  state: 'live' | 'building' | 'dropping',
): Promise<VectorSpace[]> {
  return await trx
    .selectFrom('vectorSpaces')
    .select(['store', 'model', 'dimensions'])
    .where('state', '=', state)
    .orderBy('createdAt')
    .execute();
}

/** Blocks a move from switching until the transaction ends, so that what was verified stays true. */
export async function lockSpaces(trx: UserTransaction): Promise<void> {
  await sql`select 1 from vector_spaces for share`.execute(trx);
}

/**
 * Starts or continues a move of the user's vectors. An unfinished move to another space is abandoned.
 * @returns null if the live space is already the requested one
 */
export async function beginBuilding(
  trx: UserTransaction,
  userId: string,
  to: VectorSpace,
): Promise<{ readonly from: VectorSpace } | null> {
  await sql`select 1 from vector_spaces for update`.execute(trx);
  const [live] = await findSpaces(trx, 'live');
  const [building] = await findSpaces(trx, 'building');
  if (building !== undefined && !isSameSpace(building, to)) await setState(trx, building, 'dropping');
  if (live === undefined || isSameSpace(live, to)) return null;
  await sql`
    insert into vector_spaces (user_id, store, model, dimensions, state)
    values (${userId}, ${to.store}, ${to.model}, ${to.dimensions}, 'building')
    on conflict (user_id, store, model, dimensions) do update set state = 'building'`.execute(trx);
  return { from: live };
}

/**
 * Makes the new space live if it is complete, so that every text of a live document has its vector there.
 * @returns whether it was complete; repeating it after success returns true
 */
export async function switchSpaces(trx: UserTransaction, to: VectorSpace): Promise<boolean> {
  await sql`select 1 from vector_spaces for update`.execute(trx);
  const [live] = await findSpaces(trx, 'live');
  if (live === undefined || isSameSpace(live, to)) return true;
  const { rows } = await sql`
    select 1 from document_chunks c join documents d on d.id = c.document_id and d.live_generation = c.generation
    where ${hasAnyId} and not exists (select from embeddings e where ${inSpace(to)}
      and e.text_hash = c.text_hash and ${isStored} and e.unconfirmed_since is null offset 0)
    limit 1`.execute(trx);
  if (rows.length > 0) return false;
  await setState(trx, live, 'dropping');
  await setState(trx, to, 'live');
  return true;
}

/**
 * Records that vectors were written to these spaces after a move had dropped them, so that the next drop or an erasure
 * finds them.
 */
export async function noteLeftBehind(
  trx: UserTransaction,
  userId: string,
  { live, building }: OpenSpaces,
): Promise<void> {
  for (const { store, model, dimensions } of building === null ? [live] : [live, building])
    await sql`
      insert into vector_spaces (user_id, store, model, dimensions, state)
      values (${userId}, ${store}, ${model}, ${dimensions}, 'dropping')
      on conflict do nothing`.execute(trx);
}

/**
 * Deletes a dropped space's records. This comes before its vectors, so that vectors that are being deleted do not count
 * as stored.
 */
export async function forgetRecords(trx: UserTransaction, space: VectorSpace): Promise<void> {
  await sql`delete from embeddings e where ${inSpace(space)}`.execute(trx);
}

/** Deletes the row of a dropped space, its last trace. */
export async function forgetSpace(trx: UserTransaction, space: VectorSpace): Promise<void> {
  await sql`delete from vector_spaces e where ${inSpace(space)} and e.state = 'dropping'`.execute(trx);
}

async function setState(
  trx: UserTransaction,
  { store, model, dimensions }: VectorSpace,
  state: 'live' | 'building' | 'dropping',
): Promise<void> {
  await trx
    .updateTable('vectorSpaces')
    .set({ state })
    .where('store', '=', store)
    .where('model', '=', model)
    .where('dimensions', '=', dimensions)
    .execute();
}
