/**
 * Maintains vectors over all users: compares the stores with Postgres, moves to another store or model, and builds
 * indexes for large tenants.
 */

import { defineQuery, setCurrentDetails, setHandler, sleep } from '@temporalio/workflow';
import {
  vectorCountsQuery,
  type ComparedSlice,
  type VectorSlice,
  type MoveVectorsInput,
  type UserRef,
  type VectorCheck,
  type VectorMove,
  type VectorSpace,
  type VerifyVectorsInput,
} from '../domain/contract.ts';
import { database, transfer } from './activity-options.ts';
import { continueOnNewestCode, isRunOver } from './next-run.ts';

/** Searches that began before the switch may still read the old vectors. */
const dropDelay = '15 seconds';

export const vectorCounts = defineQuery<Readonly<Record<string, number>>>(vectorCountsQuery);

const none: VectorCheck = { users: 0, texts: 0, unrecorded: 0, lost: 0, unknown: 0, unused: 0, mislabeled: 0 };
const firstSlice: VectorSlice = { part: 'stale', after: null };

export async function verifyVectors({ dryRun, resume }: VerifyVectorsInput): Promise<VectorCheck> {
  let counts = resume?.counts ?? none;
  let after = resume?.after ?? '';
  let under = resume?.under ?? null;
  setHandler(vectorCounts, () => ({ ...counts }));
  for (;;) {
    const users = under === null ? await database.listUsersWithVectors({ after }) : [under.userId];
    for (const userId of users) {
      for (let slice: VectorSlice | null = under?.slice ?? firstSlice; slice !== null;) {
        if (isRunOver()) {
          const next = { after, under: { userId, slice }, counts };
          return await continueOnNewestCode<typeof verifyVectors>({ dryRun, resume: next });
        }
        const compared: ComparedSlice = await transfer.compareVectors({ userId, slice });
        if (!dryRun && differs(compared)) await transfer.repairVectors({ userId, slice });
        counts = add(counts, { users: 0, ...compared.found });
        slice = compared.next;
      }
      counts = { ...counts, users: counts.users + 1 };
      after = userId;
      under = null;
    }
    setCurrentDetails(`${dryRun ? 'Differences' : 'Repaired'}: ${linesOf(counts)}`);
    if (users.length === 0) return counts;
  }
}

function differs({ found: { texts: _texts, ...differences } }: ComparedSlice): boolean {
  return Object.values(differences).some((count) => count > 0);
}

/**
 * Moves all vectors to the store and model that the workers are configured with. Each user's searches use the old
 * vectors until the new ones are complete.
 */
export async function moveVectors({ resume }: MoveVectorsInput = {}): Promise<VectorMove> {
  const to = resume?.to ?? (await database.findMoveTarget({}));
  let counts = resume?.counts ?? { users: 0, vectors: 0 };
  let stage = resume?.stage ?? 'moving';
  let after = resume?.after ?? '';
  setHandler(vectorCounts, () => ({ ...counts }));
  while (stage === 'moving') {
    const users = await database.listUsersWithVectors({ after });
    for (const userId of users) {
      if (await database.beginMove({ userId, to })) {
        const ended = await moveOne(userId, to, (moved) => {
          counts = { ...counts, vectors: counts.vectors + moved };
        });
        if (!ended) return await continueOnNewestCode<typeof moveVectors>({ resume: { to, stage, after, counts } });
        counts = { ...counts, users: counts.users + 1 };
        setCurrentDetails(linesOf(counts));
      }
      after = userId;
      if (isRunOver()) return await continueOnNewestCode<typeof moveVectors>({ resume: { to, stage, after, counts } });
    }
    if (users.length > 0) continue;
    await sleep(dropDelay);
    stage = 'dropping';
    after = '';
  }
  for (let users = await database.listUsersWithVectors({ after }); users.length > 0;) {
    for (const userId of users) await database.dropMovedVectors({ userId });
    after = users.at(-1) ?? after;
    if (isRunOver()) return await continueOnNewestCode<typeof moveVectors>({ resume: { to, stage, after, counts } });
    users = await database.listUsersWithVectors({ after });
  }
  return counts;
}

/** @returns false if the history has become long; the next run continues with this user */
async function moveOne(userId: string, to: VectorSpace, report: (moved: number) => void): Promise<boolean> {
  for (;;) {
    for (let moved = await transfer.moveSomeVectors({ userId, to }); moved > 0;) {
      report(moved);
      if (isRunOver()) return false;
      moved = await transfer.moveSomeVectors({ userId, to });
    }
    if (await database.switchVectors({ userId, to })) break;
  }
  await transfer.maintainVectors({ userId });
  return true;
}

/** Builds one tenant's approximate index if it is worthwhile. */
export async function maintainVectorIndex({ userId }: UserRef): Promise<boolean> {
  return await transfer.maintainVectors({ userId });
}

function add<T extends object>(a: T, b: T): T {
  const sum = (key: string): number => Number(a[key as keyof T]) + Number(b[key as keyof T]);
  return Object.fromEntries(Object.keys(a).map((key) => [key, sum(key)])) as T;
}

function linesOf(counts: object): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${String(count)}`)
    .join(', ');
}
