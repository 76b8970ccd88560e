import { setInterval, setTimeout as sleep } from 'node:timers/promises';
import {
  type Claim,
  claimEmbeddings,
  findUnembedded,
  noteCut,
  noteUnused,
  releaseClaims,
  renewClaims,
} from '../../db/vectors/vector-records.ts';
import type { SyncError } from '../../domain/errors.ts';
import { hasSameModel, type VectorSpace } from '../../domain/vectors.ts';
import { embedTexts, type RefusedTexts, type TextToEmbed } from '../../content/embeddings/batch.ts';
import type { ActivityContext } from './activity.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { followVectorChanges } from './follow-vector-changes.ts';

/** What is claimed is renewed as long as the attempt works. After a crash, other claimants wait this long at most. */
const claimSeconds = 30;
const claimPollMs = 200;
const renewAfterMs = 10_000;

export interface SpaceToFill {
  readonly userId: string;
  readonly textHashes: readonly string[];
  readonly to: VectorSpace;
  /** The space in which the vectors may exist already. With the same model they are copied. */
  readonly from: VectorSpace | null;
  /** A UUID that is the same for every attempt, so that an attempt after a crash gets its own claims back. */
  readonly claimant: string;
  /** Loads the texts with these hashes. Deleted texts are omitted, and their vectors with them. */
  readonly textsOf: (textHashes: readonly string[]) => Promise<readonly TextToEmbed[]>;
  /**
   * The caller itself ensures that no vector stays for a text whose documents were deleted meanwhile: see `dropUnused`.
   */
  readonly unusedAreLookedFor?: true;
  /**
   * The chunks with these texts are being written. The embedder is asked meanwhile, but its vectors are stored after that,
   * because a vector without a chunk may be deleted as unused. If it fails, its error is thrown.
   */
  readonly chunksWritten?: Promise<void>;
}

/**
 * Ensures that the space has readable vectors for these texts: writes those it can claim, then waits for those that
 * others are writing, and takes over claims that expire.
 * @returns the texts that the embedder rejects even alone; they have no vector
 * @throws SyncError `unavailable` while a store does not return them yet
 */
export async function fillSpace(
  deps: ActivityDependencies,
  work: SpaceToFill,
  context: ActivityContext,
): Promise<RefusedTexts> {
  const { userId, to } = work;
  const refused = new Map<string, SyncError>();
  const release = (): Promise<void> => context.asUser((trx) => releaseClaims(trx, to, work.claimant));
  try {
    await writeMissing(deps, work, refused, context);
    await work.chunksWritten;
  } catch (error) {
    await work.chunksWritten?.catch(() => {});
    await release();
    await dropUnused(deps, work, context);
    throw error;
  }
  if (refused.size > 0) await release();
  if (work.unusedAreLookedFor !== true) await dropUnused(deps, work, context);
  await deps.vectors.indexOf(to).confirm(userId, work.textHashes, context.signal);
  return refused;
}

/**
 * The texts' documents may have been deleted while an embedder was working, when their vectors did not exist yet and so
 * could not be deleted. An activity learns of its job's cancellation only seconds later.
 */
export async function dropUnused(
  deps: ActivityDependencies,
  { userId, textHashes }: Pick<SpaceToFill, 'userId' | 'textHashes'>,
  context: ActivityContext,
): Promise<void> {
  const unused = await context.asUser((trx) => noteUnused(trx, userId, textHashes));
  if (unused > 0) await followVectorChanges(deps, userId, context);
}

async function writeMissing(
  deps: ActivityDependencies,
  work: SpaceToFill,
  refused: Map<string, SyncError>,
  context: ActivityContext,
): Promise<void> {
  const { userId, to } = work;
  const { asUser, signal } = context;
  const claim = claimOf(work);
  let missing: readonly string[] = work.textHashes;
  let areWritten = work.chunksWritten === undefined;
  while (missing.length > 0) {
    signal.throwIfAborted();
    const hashes = missing;
    const mine = await asUser((trx) => claimEmbeddings(trx, { ...to, userId }, claim, hashes));
    for (const [hash, error] of await write(deps, work, [...mine], context)) refused.set(hash, error);
    // Claimed texts that were rejected or deleted stay claimed until the claim expires.
    const others = hashes.filter((hash) => !mine.has(hash));
    if (others.length === 0) return;
    if (!areWritten) {
      // A vector that was there may be deleted while no chunk contains its text. Another claim waits for who deletes it.
      await work.chunksWritten;
      areWritten = true;
      missing = others;
      continue;
    }
    missing = await asUser((trx) => findUnembedded(trx, to, others));
    if (missing.length > 0 && mine.size === 0) await sleep(claimPollMs, undefined, { signal });
  }
}

function claimOf({ claimant }: SpaceToFill): Claim {
  return { by: claimant, forSeconds: claimSeconds };
}

async function write(
  deps: ActivityDependencies,
  work: SpaceToFill,
  textHashes: readonly string[],
  { asUser, signal }: ActivityContext,
): Promise<RefusedTexts> {
  if (textHashes.length === 0) return new Map();
  const { userId, to, from, textsOf, chunksWritten } = work;
  const waiting = new Set(textHashes);
  await using _renewing = keepClaims(work, waiting, asUser);
  const index = deps.vectors.indexOf(to);
  // What is there already is stored at once, and another store's vectors have labels of the chunks.
  if (from !== null || to.store !== 'pgvector') await chunksWritten;
  const done = new Set(await index.resume(userId, textHashes, signal));
  const left = textHashes.filter((hash) => !done.has(hash));
  const carried =
    from !== null && hasSameModel(from, to) ? await deps.vectors.indexOf(from).read(userId, left, signal) : [];
  if (carried.length > 0) await index.upsert(userId, carried, signal);
  for (const { textHash } of carried) done.add(textHash);
  const texts = await textsOf(textHashes.filter((hash) => !done.has(hash)));
  const embedder = deps.embedderOf(to);
  const refused = await embedTexts(embedder, texts, signal, async (records) => {
    await chunksWritten;
    const cut = records.filter((record) => record.cutTokens !== null);
    if (cut.length > 0) await asUser((trx) => noteCut(trx, to, cut));
    await index.upsert(userId, records, signal);
    for (const { textHash } of records) waiting.delete(textHash);
  });
  const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
  if (tokens > 0) deps.metrics.tokensEmbedded(embedder.model, tokens);
  return refused;
}

/**
 * Renews claims until it is disposed of: all texts of a batch are claimed at once, and a slow model takes longer for one
 * call than a claim lasts. A renewal that fails is left to the next one.
 * @param waiting the texts whose claims are needed, which change meanwhile
 */
function keepClaims(
  work: SpaceToFill,
  waiting: ReadonlySet<string>,
  asUser: ActivityContext['asUser'],
): AsyncDisposable {
  const end = new AbortController();
  const renew = async (): Promise<void> => {
    for await (const _ of setInterval(renewAfterMs, undefined, { signal: end.signal }))
      if (waiting.size > 0)
        await asUser((trx) => renewClaims(trx, work.to, claimOf(work), [...waiting])).catch(() => {});
  };
  const renewing = renew().catch(() => {});
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort();
      // A renewal that came after the release would claim the texts again.
      await renewing;
    },
  };
}
