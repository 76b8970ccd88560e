/**
 * Deletes a source, a document or everything of a user: it counts, deletes, and counts what is left. A killed workflow
 * continues where it stopped.
 */

import { ApplicationFailure, executeChild, setCurrentDetails, sleep } from '@temporalio/workflow';
import {
  workflowIds,
  type DeleteDocumentInput,
  type DeleteSourceInput,
  type DeletionResult,
  type DeletionScope,
  type StoreCounts,
  type UserRef,
} from '../domain/contract.ts';
import { database } from './activity-options.ts';
import { continueOnNewestCode, isRunOver } from './next-run.ts';
import { fairnessOf } from '../domain/user-key.ts';

/** After this many rounds, rows that keep reappearing are reported as an error. */
const rounds = 20;
const noSignIns = { signInsRevoked: 0, signInsNotRevoked: 0, signInsKept: 0 };

export async function deleteSource(input: DeleteSourceInput): Promise<DeletionResult> {
  const { userId, dataSourceId, keepDocuments } = input;
  const deletion = { userId, scope: { kind: 'source', dataSourceId, keepDocuments } satisfies DeletionScope };
  const before = input.before ?? (await database.countStores(deletion));
  await database.stopJobOf({ userId, dataSourceId });
  while ((await database.removeDocuments(deletion)) > 0) {
    // A source may have any size, so the history of one run must stay small.
    if (isRunOver()) return await continueOnNewestCode<typeof deleteSource>({ ...input, before });
  }
  const signIn = await database.revokeSignIn({ userId, dataSourceId });
  await database.removeSource({ userId, dataSourceId, keepDocuments });
  return report({
    removed: before,
    left: await database.countStores(deletion),
    signInsRevoked: signIn === 'revoked' ? 1 : 0,
    signInsNotRevoked: signIn === 'not_revoked' ? 1 : 0,
    signInsKept: signIn === 'kept' ? 1 : 0,
  });
}

/**
 * Deletes a document. The item it came from is skipped from now on. A job that is just storing the item is waited for.
 */
export async function deleteDocument({ userId, documentId }: DeleteDocumentInput): Promise<DeletionResult> {
  const deletion = { userId, scope: { kind: 'document', documentId } satisfies DeletionScope };
  const removed = await database.countStores(deletion);
  for (let round = 1; ; round++) {
    await database.removeDocuments(deletion);
    const left = await database.countStores(deletion);
    if (left.documents === 0 || round === rounds) return report({ removed, left, ...noSignIns });
    await sleep('2 seconds');
  }
}

/** Deletes everything of one user: source by source, then the rest. */
export async function eraseUser({ userId }: UserRef): Promise<DeletionResult> {
  const deletion = { userId, scope: { kind: 'user' } satisfies DeletionScope };
  const removed = await database.countStores(deletion);
  const signIns = { ...noSignIns };
  for (let round = 0; round < rounds; round++) {
    const sources = await database.listSourcesToErase({ userId });
    for (const dataSourceId of sources) {
      const result = await eraseSource(userId, dataSourceId);
      signIns.signInsRevoked += result.signInsRevoked;
      signIns.signInsNotRevoked += result.signInsNotRevoked;
      signIns.signInsKept += result.signInsKept ?? 0;
    }
    if (sources.length > 0) continue;
    await database.eraseRest({ userId });
    break;
  }
  return report({ removed, left: await database.countStores(deletion), ...signIns });
}

/** If the source is already being deleted, waits for that deletion. */
async function eraseSource(userId: string, dataSourceId: string): Promise<DeletionResult> {
  for (;;) {
    try {
      return await executeChild(deleteSource, {
        args: [{ userId, dataSourceId, keepDocuments: false }],
        workflowId: workflowIds.deletion(dataSourceId),
        priority: fairnessOf(userId),
      });
    } catch (error) {
      if (!(error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError')) throw error;
      await sleep('5 seconds');
    }
  }
}

/** @throws ApplicationFailure if something is left, because an unfinished deletion must not look finished */
function report(result: DeletionResult): DeletionResult {
  const { removed, left } = result;
  setCurrentDetails(
    `**Deleted** ${linesOf(removed)}; sign-ins revoked at the vendor: ${result.signInsRevoked}.\n\n**Left**: ${linesOf(left)}.`,
  );
  if (Object.values(left).some((count) => count > 0)) {
    throw ApplicationFailure.create({
      type: 'not_finished',
      message: `The deletion is incomplete: ${linesOf(left)} left. Delete again.`,
      nonRetryable: true,
    });
  }
  return result;
}

function linesOf(counts: StoreCounts): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'nothing' : parts.map(([name, count]) => `${name} ${count}`).join(', ');
}
