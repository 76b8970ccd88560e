import pLimit from 'p-limit';
import { isSyncError } from '../../domain/errors.ts';
import type { VectorRecord } from '../vectors/vector-index.ts';
import type { Embedder } from './embedder.ts';

/** A text to embed, under the hash its vector is kept by. */
export interface TextToEmbed {
  readonly textHash: string;
  readonly embeddingText: string;
  readonly tokens: number;
}

/**
 * Embeds texts in as few calls as the embedder's limits allow, several at once, each text once. Every call's vectors are
 * handed over as they come, so that a failure later on loses nothing that was paid for.
 * @throws SyncError as `Embedder.embed`; the calls under way are awaited first
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly TextToEmbed[],
  signal: AbortSignal,
  store: (records: readonly VectorRecord[]) => Promise<void>,
): Promise<void> {
  const unique = [...new Map(texts.map((text) => [text.textHash, text])).values()];
  const limit = pLimit(embedder.maxParallelCalls);
  const calls = packCalls(embedder, unique).map(
    async (call) =>
      await limit(async () => {
        for await (const part of embedCall(embedder, call, signal)) await store(part);
      }),
  );
  const failed = (await Promise.allSettled(calls)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** A server that counts tokens otherwise than we do may refuse the call as a whole: then its halves are sent. */
async function* embedCall(
  embedder: Embedder,
  call: readonly TextToEmbed[],
  signal: AbortSignal,
): AsyncGenerator<VectorRecord[]> {
  const inputs = call.map((text) => text.embeddingText);
  try {
    const vectors = await embedder.embed(inputs, signal);
    yield call.flatMap((text, i) => toRecord(text, vectors[i]));
  } catch (error) {
    if (!isSyncError(error) || error.kind !== 'too_large' || call.length === 1) throw error;
    const half = Math.ceil(call.length / 2);
    yield* embedCall(embedder, call.slice(0, half), signal);
    yield* embedCall(embedder, call.slice(half), signal);
  }
}

/** Fills call after call up to the embedder's limits, in the order given. */
export function packCalls(
  limits: Pick<Embedder, 'maxInputsPerCall' | 'maxTokensPerCall'>,
  texts: readonly TextToEmbed[],
): TextToEmbed[][] {
  const calls: TextToEmbed[][] = [];
  let call: TextToEmbed[] = [];
  let tokens = 0;
  for (const text of texts) {
    if (call.length > 0 && (call.length >= limits.maxInputsPerCall || tokens + text.tokens > limits.maxTokensPerCall)) {
      calls.push(call);
      call = [];
      tokens = 0;
    }
    call.push(text);
    tokens += text.tokens;
  }
  if (call.length > 0) calls.push(call);
  return calls;
}

function toRecord(text: TextToEmbed, vector: Float32Array | undefined): VectorRecord[] {
  return vector === undefined ? [] : [{ textHash: text.textHash, vector }];
}
