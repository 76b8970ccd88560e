import { randomUUID } from 'node:crypto';
import type { UserTransaction } from '../../db/access/as-user.ts';
import {
  claimUnused,
  deleteUnusedHere,
  findMislabeled,
  forgetDeleted,
  forgetVectorChanges,
  type PendingChange,
  pendingVectorChanges,
  releaseClaims,
} from '../../db/vectors/vector-records.ts';
import { findAllSpaces } from '../../db/vectors/vector-spaces.ts';
import { SyncError } from '../../domain/errors.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import type { ActivityContext } from './activity.ts';
import type { ActivityDependencies } from './dependencies.ts';

const textsPerQuery = 1000;
/** Longer than the slowest call to a store. After a crash, other claimants wait this long at most. */
const claimSeconds = 60;
const waitMs = 1000;

/**
 * Applies changes in Postgres to the vector stores: deletes unused vectors and updates labels. After a crash, the next
 * call finds what was left.
 * @param others whether texts that another step is deleting are left to it or waited for: a job ends with nothing
 * pending
 * @throws SyncError `unavailable` if they are waited for, so that Temporal repeats the activity
 */
export async function followVectorChanges(
  deps: ActivityDependencies,
  userId: string,
  context: ActivityContext,
  others: 'leave' | 'wait' = 'leave',
): Promise<void> {
  let left = 0;
  for (let after = ''; ;) {
    const { changes, outside } = await context.asUser((trx) => begin(trx, after));
    const last = changes.at(-1);
    if (last === undefined) break;
    if (outside.length > 0) left += await followOutside(deps, userId, outside, changes, context);
    if (changes.length < textsPerQuery) break;
    after = last.textHash;
  }
  if (left > 0 && others === 'wait') {
    throw new SyncError('unavailable', {
      code: 'vectors_being_deleted',
      message: 'Vectors are being deleted by another step.',
      retryAfterMs: waitMs,
    });
  }
}

/** In Postgres the vector is deleted with its record at once. Without an external store, nothing else is to be done. */
async function begin(trx: UserTransaction, after: string) {
  const changes = await pendingVectorChanges(trx, after, textsPerQuery);
  if (changes.length === 0) return { changes, outside: [] };
  const outside = (await findAllSpaces(trx)).filter((space) => space.store !== 'pgvector');
  const claimed = await deleteUnusedHere(
    trx,
    changes.map((change) => change.textHash),
  );
  const followed = changes.filter((change) => !claimed.has(change.textHash));
  if (outside.length === 0) await forgetVectorChanges(trx, followed);
  return { changes, outside };
}

/** @returns the number of texts that another step is deleting */
async function followOutside(
  deps: ActivityDependencies,
  userId: string,
  spaces: readonly VectorSpace[],
  changes: readonly PendingChange[],
  { asUser, signal }: ActivityContext,
): Promise<number> {
  const textHashes = changes.map((change) => change.textHash);
  const pending = new Set<string>();
  for (const space of spaces) {
    const index = deps.vectors.indexOf(space);
    const by = randomUUID();
    const { mine, others, mislabeled } = await asUser(async (trx) => ({
      ...(await claimUnused(trx, space, { by, forSeconds: claimSeconds }, textHashes)),
      mislabeled: await findMislabeled(trx, space, textHashes),
    }));
    for (const hash of others) pending.add(hash);
    try {
      await index.delete(userId, mine, signal);
    } catch (error) {
      await asUser((trx) => releaseClaims(trx, space, by));
      throw error;
    }
    await asUser((trx) => forgetDeleted(trx, space, by, mine));
    await index.relabel(userId, mislabeled, signal);
  }
  const followed = changes.filter((change) => !pending.has(change.textHash));
  await asUser((trx) => forgetVectorChanges(trx, followed));
  return pending.size;
}
