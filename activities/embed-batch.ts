import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { asUser } from '../db/as-user.ts';
import { findBatchItems, type LedgerItem, recordProblems } from '../db/ledger.ts';
import {
  claimEmbeddings,
  type DocumentVersion,
  findUnembedded,
  switchGenerations,
  writeGenerations,
} from '../db/versions.ts';
import type { Chunk, ExtractedDocument } from '../domain/documents.ts';
import { embedTexts } from '../embeddings/batch.ts';
import { dropUnusedVectors } from './close-page.ts';
import type { ActivityDependencies, BatchRef } from './dependencies.ts';
import { judgeItem } from './item-problem.ts';
import { asRunningJob, step } from './step.ts';

/** A claim outlives the slowest embedding call; after a kill, others wait no longer than this. */
const claimSeconds = 120;
const claimPollMs = 200;
/** Staged text that is held and written at once, in bytes. */
const bytesPerGroup = 4 * 1024 * 1024;

/**
 * Writes the new versions' chunks, makes sure of their vectors, and switches the documents over. The old version answers
 * until the switch; what is embedded is what no one has embedded before for this user and model.
 */
export const embedBatch = (deps: ActivityDependencies) =>
  step(deps, async (ref: BatchRef, { signal }): Promise<void> => {
    const items = await asUser(deps.db, ref.userId, async (trx) => await findBatchItems(trx, ref, 'transformed'));
    for await (const versions of loadGroups(deps, ref, items)) {
      await asRunningJob(deps, ref, async (trx) => await writeGenerations(trx, ref, versions, deps.pipelineVersion));
      await embedMissing(deps, ref, versions, signal);
      await asRunningJob(
        deps,
        ref,
        async (trx) => await switchGenerations(trx, ref, deps.embedder, versions, deps.pipelineVersion),
      );
    }
    await dropUnusedVectors(deps, ref);
    await deps.staging.deleteArea(ref);
  });

/** Loads staged documents, a bounded amount at a time. An item whose text is lost fails; the next job fetches it again. */
async function* loadGroups(
  deps: ActivityDependencies,
  ref: BatchRef,
  items: readonly LedgerItem[],
): AsyncGenerator<DocumentVersion[]> {
  let group: DocumentVersion[] = [];
  let bytes = 0;
  for (const item of items) {
    try {
      const staged = await deps.staging.get(ref, item.extractedHash ?? '');
      group.push({ item, extracted: JSON.parse(new TextDecoder().decode(staged)) as ExtractedDocument });
      bytes += staged.byteLength;
    } catch (error) {
      const outcome = judgeItem(item.ref.externalId, error, 1);
      if ('repeat' in outcome) throw error;
      await asRunningJob(deps, ref, async (trx) => await recordProblems(trx, ref, [outcome.end]));
    }
    if (bytes < bytesPerGroup) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

/** Embeds what this batch can claim, then waits for what others are embedding; a claim that lapses is taken over. */
async function embedMissing(
  deps: ActivityDependencies,
  ref: BatchRef,
  versions: readonly DocumentVersion[],
  signal: AbortSignal,
): Promise<void> {
  const chunks = new Map<string, Chunk>();
  for (const { extracted } of versions) for (const chunk of extracted.chunks) chunks.set(chunk.textHash, chunk);
  let missing = [...chunks.keys()];
  while (missing.length > 0) {
    signal.throwIfAborted();
    const mine = await asUser(
      deps.db,
      ref.userId,
      async (trx) =>
        await claimEmbeddings(
          trx,
          { ...deps.embedder, userId: ref.userId },
          { by: claimantOf(ref), forSeconds: claimSeconds },
          missing,
        ),
    );
    const texts = [...mine].flatMap((hash) => chunks.get(hash) ?? []);
    await embedTexts(deps.embedder, texts, signal, async (records) => await deps.vectors.upsert(ref.userId, records));
    const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
    if (tokens > 0) deps.metrics.tokensEmbedded(deps.embedder.model, tokens);
    missing = await asUser(deps.db, ref.userId, async (trx) => await findUnembedded(trx, deps.embedder, missing));
    if (missing.length > 0 && mine.size === 0) await sleep(claimPollMs, undefined, { signal });
  }
}

/** The same for every attempt of this batch, so that an attempt after a kill gets its own claims back. */
function claimantOf(ref: BatchRef): string {
  const hex = createHash('sha256').update(`${ref.jobId}/${ref.page}/${ref.batch}`).digest('hex').slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
