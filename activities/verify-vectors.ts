import { randomUUID } from 'node:crypto';
import { usersWithVectors } from '../db/access/as-user.ts';
import {
  countLiveTexts,
  findRecorded,
  findStale,
  findStoredTexts,
  findTextsWithout,
  findUnrecorded,
  recordLost,
} from '../db/documents/stored-texts.ts';
import { claimEmbeddings, forgetDeleted } from '../db/vectors/vector-records.ts';
import { findSpaces } from '../db/vectors/vector-spaces.ts';
import type { VectorCheck, VectorSpace } from '../domain/vectors.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { fillSpace } from './support/fill-space.ts';
import { followVectorChanges } from './support/follow-vector-changes.ts';
import { activity, type ActivityContext } from './support/activity.ts';
import {
  type ComparedSlice,
  type VectorSlice,
  vectorSliceParts,
  type UserVectorSlice,
  type UsersAfter,
} from '../domain/contract.ts';

const usersPerQuery = 100;
const textsPerQuery = 1000;
/**
 * Number of pages of texts that one activity compares. It takes a minute or two, so that a repeated activity repeats
 * little.
 */
const pagesPerStep = 20;
const claimSeconds = 60;

/** Lists some users with vectors, after a given one. */
export const listUsersWithVectors = (deps: ActivityDependencies) =>
  activity(deps, ({ after }: UsersAfter): Promise<string[]> => usersWithVectors(deps.db, after, usersPerQuery));

const nothing = { texts: 0, unrecorded: 0, lost: 0, unknown: 0, unused: 0, mislabeled: 0 };

/** Compares some of a user's vector records in Postgres with the store. It changes nothing. */
export const compareVectors = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId, slice }: UserVectorSlice, context): Promise<ComparedSlice> => {
    const work = await openWork(deps, userId, context);
    if (work === null) return { found: nothing, next: null };
    if (slice.part === 'stale') {
      const found = await context.asUser(async (trx) => ({
        texts: await countLiveTexts(trx),
        ...(await findStale(trx, userId, work.space, 'count')),
      }));
      return { found: { ...nothing, ...found }, next: partAfter('stale') };
    }
    const { count, next } = await walk(work, comparisons[slice.part], slice.after, 'count');
    const found = { ...nothing, [comparisons[slice.part].name]: count };
    return { found, next: next === null ? partAfter(slice.part) : { part: slice.part, after: next } };
  });

/** Repairs the differences in one slice. It is a separate activity, so that counts are not lost when it is repeated. */
export const repairVectors = (deps: ActivityDependencies) =>
  activity(deps, async ({ userId, slice }: UserVectorSlice, context): Promise<void> => {
    const work = await openWork(deps, userId, context);
    if (work === null) return;
    if (slice.part === 'stale') {
      await context.asUser((trx) => findStale(trx, userId, work.space, 'note'));
      await followVectorChanges(deps, userId, context);
    } else await walk(work, comparisons[slice.part], slice.after, 'repair');
  });

function partAfter(part: VectorSlice['part']): VectorSlice | null {
  const next = vectorSliceParts[vectorSliceParts.indexOf(part) + 1];
  return next === undefined ? null : { part: next, after: null };
}

interface Work {
  readonly deps: ActivityDependencies;
  readonly userId: string;
  readonly space: VectorSpace;
  readonly context: ActivityContext;
}

/** @returns null for a user without vectors */
async function openWork(deps: ActivityDependencies, userId: string, context: ActivityContext): Promise<Work | null> {
  const [space] = await context.asUser((trx) => findSpaces(trx, 'live'));
  return space === undefined ? null : { deps, userId, space, context };
}

interface Page {
  /** Texts whose vectors are missing or wrong. */
  readonly differing: readonly string[];
  /** Null when there are no more. */
  readonly next: string | null;
}

interface Comparison {
  readonly name: keyof VectorCheck;
  readonly page: (work: Work, after: string | null) => Promise<Page>;
  readonly repair: (work: Work, textHashes: readonly string[]) => Promise<void>;
}

async function walk(
  work: Work,
  { page, repair }: Comparison,
  from: string | null,
  what: 'count' | 'repair',
): Promise<{ readonly count: number; readonly next: string | null }> {
  let count = 0;
  let after = from;
  for (let pages = 0; pages < pagesPerStep; pages++) {
    const { differing, next } = await page(work, after);
    count += differing.length;
    if (what === 'repair' && differing.length > 0) await repair(work, differing);
    if (next === null) return { count, next };
    after = next;
  }
  return { count, next: after };
}

const comparisons: Readonly<Record<Exclude<VectorSlice['part'], 'stale'>, Comparison>> = {
  store: { name: 'unknown', page: findUnknown, repair: deleteUnknown },
  texts: { name: 'unrecorded', page: findTexts, repair: embedAgain },
  records: {
    name: 'lost',
    page: findLost,
    repair: async (work, lost) => {
      await work.context.asUser((trx) => recordLost(trx, work.space, lost));
      await embedAgain(work, lost);
    },
  },
};

/** Finds vectors in the store that have no record. */
async function findUnknown({ deps, userId, space, context }: Work, after: string | null): Promise<Page> {
  const { textHashes, next } = await deps.vectors.indexOf(space).list(userId, after, context.signal);
  const differing = await context.asUser((trx) => findUnrecorded(trx, space, textHashes));
  return { differing, next };
}

/** Finds texts of live documents that have no vector. */
async function findTexts({ space, context }: Work, after: string | null): Promise<Page> {
  const differing = await context.asUser((trx) => findTextsWithout(trx, space, 'stored', after ?? '', textsPerQuery));
  return { differing, next: differing.at(-1) ?? null };
}

/** Finds recorded vectors that the store does not have. */
async function findLost({ deps, userId, space, context }: Work, after: string | null): Promise<Page> {
  const recorded = await context.asUser((trx) => findRecorded(trx, space, after ?? '', textsPerQuery));
  const found = await deps.vectors.indexOf(space).read(userId, recorded, context.signal);
  const there = new Set(found.map((record) => record.textHash));
  return { differing: recorded.filter((hash) => !there.has(hash)), next: recorded.at(-1) ?? null };
}

/** The vectors are claimed first, so that a step which needs one of the texts now waits, then writes it again. */
async function deleteUnknown({ deps, userId, space, context }: Work, unknown: readonly string[]): Promise<void> {
  const by = randomUUID();
  const claim = { by, forSeconds: claimSeconds };
  const claimed = await context.asUser((trx) => claimEmbeddings(trx, { ...space, userId }, claim, unknown));
  await deps.vectors.indexOf(space).delete(userId, [...claimed], context.signal);
  await context.asUser((trx) => forgetDeleted(trx, space, by, [...claimed]));
}

async function embedAgain({ deps, userId, space, context }: Work, textHashes: readonly string[]): Promise<void> {
  const textsOf = (hashes: readonly string[]) => context.asUser((trx) => findStoredTexts(trx, hashes));
  await fillSpace(deps, { userId, textHashes, to: space, from: null, claimant: randomUUID(), textsOf }, context);
}
