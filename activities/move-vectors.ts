import { findStoredTexts, findTextsWithout } from '../db/documents/stored-texts.ts';
import { beginBuilding, findSpaces, forgetRecords, forgetSpace, switchSpaces } from '../db/vectors/vector-spaces.ts';
import { SyncError } from '../domain/errors.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { claimantOf } from './support/claimant.ts';
import { fillSpace } from './support/fill-space.ts';
import { activity } from './support/activity.ts';
import type { UserRef, UserVectorMove, VectorSpace } from '../domain/contract.ts';

const textsPerQuery = 500;

/** The store and model that the workers are configured with. */
export const findMoveTarget = (deps: ActivityDependencies) =>
  activity(deps, async (): Promise<VectorSpace> => {
    await deps.vectors.prepare(AbortSignal.timeout(60_000));
    return deps.vectors.configured;
  });

/**
 * Starts a user's move, or finds it started. From then on new vectors are written to both spaces. @returns false if
 * there is nothing to move
 */
export const beginMove = (deps: ActivityDependencies) =>
  activity(
    deps,
    async ({ userId, to }: UserVectorMove, { asUser }): Promise<boolean> =>
      (await asUser((trx) => beginBuilding(trx, userId, to))) !== null,
  );

/**
 * Moves some texts' vectors: they are copied if the model is the same, and embedded again otherwise. @returns their
 * number; 0 when none are missing
 */
export const moveSomeVectors = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId, to }: UserVectorMove, context): Promise<number> => {
    const { asUser } = context;
    const { textHashes, from } = await asUser(async (trx) => ({
      textHashes: await findTextsWithout(trx, to, 'readable', '', textsPerQuery),
      from: (await findSpaces(trx, 'live'))[0] ?? null,
    }));
    if (textHashes.length === 0) return 0;
    const textsOf = (hashes: readonly string[]) => asUser((trx) => findStoredTexts(trx, hashes));
    const claimant = claimantOf('move', userId, to);
    const refused = await fillSpace(deps, { userId, textHashes, to, from, claimant, textsOf }, context);
    if (refused.size > 0) throw refusedByModel(to, refused.size);
    return textHashes.length;
  });

/** The old vectors stay live, because a move that leaves texts behind would lose them. */
function refusedByModel({ model }: VectorSpace, count: number): SyncError {
  return new SyncError('invalid_input', {
    code: 'embedding_refused',
    scope: 'account',
    message: `${model} rejects ${count} of the texts to move, so the move was stopped and the previous vectors stay in use. Choose another model (EMBEDDING_MODEL), or exclude these texts with a transformation, then start the move again.`,
  });
}

/** Makes the new space live if it is complete. @returns whether it was */
export const switchVectors = (deps: ActivityDependencies) =>
  activity(deps, ({ to }: UserVectorMove, { asUser }): Promise<boolean> => asUser((trx) => switchSpaces(trx, to)));

/**
 * Deletes what moves have left behind for a user. Records are deleted first, so that vectors that are being deleted do
 * not count as stored.
 */
export const dropMovedVectors = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId }: UserRef, { asUser, signal }): Promise<void> => {
    for (const space of await asUser((trx) => findSpaces(trx, 'dropping'))) {
      await asUser((trx) => forgetRecords(trx, space));
      await deps.vectors.indexOf(space).deleteAll(userId, signal);
      await asUser((trx) => forgetSpace(trx, space));
    }
  });

/** Builds an approximate index for a user with many vectors. @returns whether it did */
export const maintainVectors = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId }: UserRef, { asUser }): Promise<boolean> => {
    const [live] = await asUser((trx) => findSpaces(trx, 'live'));
    return live !== undefined && (await deps.annIndex.maintain(userId, live));
  });
