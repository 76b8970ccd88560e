import { randomUUID } from 'node:crypto';
import { asUser, usersWithVectors } from '../db/as-user.ts';
import {
  countLiveTexts,
  findRecorded,
  findStale,
  findStoredTexts,
  findTextsWithout,
  findUnrecorded,
  recordLost,
} from '../db/stored-texts.ts';
import { claimEmbeddings, forgetDeleted } from '../db/vector-records.ts';
import { findSpaces } from '../db/vector-spaces.ts';
import type { VectorCheck, VectorSpace } from '../domain/vectors.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { fillSpace } from './fill-space.ts';
import { followVectorChanges } from './follow-vector-changes.ts';
import { step } from './step.ts';

const usersAtOnce = 100;
const textsAtOnce = 1000;
const claimSeconds = 60;

type UserCheck = Omit<VectorCheck, 'users'>;

/** Some users with vectors, after one. */
export const listUsersWithVectors = (deps: ActivityDependencies) =>
  step(
    deps,
    async ({ after }: { readonly after: string }): Promise<string[]> =>
      await usersWithVectors(deps.db, after, usersAtOnce),
  );

const nothing: UserCheck = { texts: 0, unrecorded: 0, lost: 0, unknown: 0, unused: 0, mislabelled: 0 };

/** Compares what Postgres records of a user's vectors with what their store has. Changes nothing. */
export const verifyVectors = (deps: ActivityDependencies) =>
  step(deps, async ({ userId }: { readonly userId: string }, { signal }): Promise<UserCheck> => {
    const work = await openWork(deps, userId, signal);
    if (work === null) return nothing;
    const { texts, stale } = await asUser(deps.db, userId, async (trx) => ({
      texts: await countLiveTexts(trx),
      stale: await findStale(trx, userId, work.space, 'count'),
    }));
    return {
      texts,
      ...stale,
      unknown: await compareStore(work, async () => await Promise.resolve()),
      lost: await compareRecords(work, async () => await Promise.resolve()),
      unrecorded: await compareTexts(work, async () => await Promise.resolve()),
    };
  });

/** Repairs what differs. A step of its own, so that what was counted is not lost when it has to be repeated. */
export const repairVectors = (deps: ActivityDependencies) =>
  step(deps, async ({ userId }: { readonly userId: string }, { signal }): Promise<void> => {
    const work = await openWork(deps, userId, signal);
    if (work === null) return;
    await asUser(deps.db, userId, async (trx) => await findStale(trx, userId, work.space, 'note'));
    await followVectorChanges(deps, userId, signal);
    await compareStore(work, async (unknown) => await deleteUnknown(work, unknown));
    await compareRecords(work, async (lost) => {
      await asUser(deps.db, userId, async (trx) => await recordLost(trx, work.space, lost));
    });
    await compareTexts(work, async (textHashes) => await embedAgain(work, textHashes));
  });

interface Work {
  readonly deps: ActivityDependencies;
  readonly userId: string;
  readonly space: VectorSpace;
  readonly signal: AbortSignal;
}
type Differ = (textHashes: readonly string[]) => Promise<void>;

/** @returns null for a user without vectors */
async function openWork(deps: ActivityDependencies, userId: string, signal: AbortSignal): Promise<Work | null> {
  const [space] = await asUser(deps.db, userId, async (trx) => await findSpaces(trx, 'live'));
  return space === undefined ? null : { deps, userId, space, signal };
}

/** What the store has and nothing records. @returns how many */
async function compareStore({ deps, userId, space, signal }: Work, onUnknown: Differ): Promise<number> {
  let count = 0;
  for (let cursor: string | null = null; ;) {
    const page = await deps.vectors.indexOf(space).list(userId, cursor, signal);
    const unknown = await asUser(deps.db, userId, async (trx) => await findUnrecorded(trx, space, page.textHashes));
    count += unknown.length;
    if (unknown.length > 0) await onUnknown(unknown);
    if (page.next === null) return count;
    cursor = page.next;
  }
}

/** What is recorded and the store does not have. @returns how many */
async function compareRecords({ deps, userId, space, signal }: Work, onLost: Differ): Promise<number> {
  let count = 0;
  for (let after = ''; ;) {
    const recorded = await asUser(deps.db, userId, async (trx) => await findRecorded(trx, space, after, textsAtOnce));
    const last = recorded.at(-1);
    if (last === undefined) return count;
    const found = await deps.vectors.indexOf(space).read(userId, recorded, signal);
    const there = new Set(found.map((record) => record.textHash));
    const lost = recorded.filter((hash) => !there.has(hash));
    count += lost.length;
    if (lost.length > 0) await onLost(lost);
    after = last;
  }
}

/** Texts of live documents without a vector. @returns how many */
async function compareTexts({ deps, userId, space }: Work, onMissing: Differ): Promise<number> {
  let count = 0;
  for (let after = ''; ;) {
    const missing = await asUser(
      deps.db,
      userId,
      async (trx) => await findTextsWithout(trx, space, 'stored', after, textsAtOnce),
    );
    const last = missing.at(-1);
    if (last === undefined) return count;
    count += missing.length;
    await onMissing(missing);
    after = last;
  }
}

/** Claimed first: a step that needs one of the texts just now waits, then writes it anew. */
async function deleteUnknown({ deps, userId, space, signal }: Work, unknown: readonly string[]): Promise<void> {
  const by = randomUUID();
  const claim = { by, forSeconds: claimSeconds };
  const claimed = await asUser(
    deps.db,
    userId,
    async (trx) => await claimEmbeddings(trx, { ...space, userId }, claim, unknown),
  );
  await deps.vectors.indexOf(space).delete(userId, [...claimed], signal);
  await asUser(deps.db, userId, async (trx) => await forgetDeleted(trx, space, by, [...claimed]));
}

async function embedAgain({ deps, userId, space, signal }: Work, textHashes: readonly string[]): Promise<void> {
  const textsOf = async (hashes: readonly string[]) =>
    await asUser(deps.db, userId, async (trx) => await findStoredTexts(trx, hashes));
  await fillSpace(deps, { userId, textHashes, to: space, from: null, claimant: randomUUID(), textsOf }, signal);
}
