/** Orders search results with a cross-encoder on a server (Cohere, Jina, Voyage, vLLM, Text Embeddings Inference). */

import type { Logger } from 'pino';
import { z } from 'zod';
import type { RerankSettings } from '../../platform/config.ts';
import { readResponseText } from '../embeddings/response-text.ts';

export interface Reranker {
  /** Maximum number of passages that one search passes on. */
  readonly maxCandidates: number;
  /**
   * Scores passages for a question. It never fails, because a search has an order without it.
   * @returns a score per passage, higher is better; null if the server gave no usable answer
   */
  score(question: string, passages: readonly string[], signal: AbortSignal): Promise<readonly number[] | null>;
}

/** A person waits for the answer. */
const timeoutMs = 5000;
/** After a failure the server is left alone for this long, so that not every search waits for it. */
const restMs = 30_000;
/** Passages in one call. Text Embeddings Inference accepts 32 unless it is configured otherwise. */
const maxPassages = { withModel: 1000, withoutModel: 32 };
const maxAnswerBytes = 4 * 1024 * 1024;

const result = z
  .object({ index: z.number().int(), relevance_score: z.number().optional(), score: z.number().optional() })
  .transform(({ index, relevance_score: relevance, score }) => ({ index, score: relevance ?? score ?? Number.NaN }));
const results = z.array(result);
/** `results`: Cohere, Jina, vLLM; `data`: Voyage; a plain list: Text Embeddings Inference. */
const answerSchema = z.union([
  z.object({ results }).transform((answer) => answer.results),
  z.object({ data: results }).transform((answer) => answer.data),
  results,
]);

/** Creates the configured reranker; null if there is none. */
export function createReranker(settings: RerankSettings | null, logger: Logger): Reranker | null {
  if (settings === null) return null;
  let restUntil = 0;
  return {
    maxCandidates: settings.maxCandidates,
    score: async (question, passages, signal) => {
      if (passages.length === 0 || Date.now() < restUntil) return null;
      try {
        const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        return await scoreAll(settings, question, passages, limited);
      } catch (error) {
        signal.throwIfAborted();
        restUntil = Date.now() + restMs;
        const reason = Error.isError(error) ? error.message : 'unknown error';
        logger.warn({ reason }, `the reranker does not answer; searches do without it for ${restMs / 1000} s`);
        return null;
      }
    },
  };
}

/**
 * The scores of a cross-encoder do not depend on the other passages, so that several calls can be put together.
 * @throws Error that says what was wrong with the answer
 */
export async function scoreAll(
  settings: RerankSettings,
  question: string,
  passages: readonly string[],
  signal: AbortSignal,
): Promise<number[]> {
  const size = settings.model === undefined ? maxPassages.withoutModel : maxPassages.withModel;
  const starts = Array.from({ length: Math.ceil(passages.length / size) }, (_, i) => i * size);
  const parts = await Promise.all(
    starts.map((start) => scoreCall(settings, question, passages.slice(start, start + size), signal)),
  );
  return parts.flat();
}

/** Redirects are not followed, so that neither the key nor the texts are sent to another address. */
async function scoreCall(
  { url, apiKey, model }: RerankSettings,
  question: string,
  passages: readonly string[],
  signal: AbortSignal,
): Promise<number[]> {
  const body =
    model === undefined
      ? { query: question, texts: passages, truncate: true }
      : { model, query: question, documents: passages };
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`HTTP ${response.status}`);
  }
  return readScores(JSON.parse(await readResponseText(response, maxAnswerBytes)), passages.length);
}

/** Each passage must have one score; a partial order would hide passages. */
function readScores(body: unknown, expected: number): number[] {
  const answer = answerSchema.safeParse(body);
  if (!answer.success) throw new Error('an answer of another shape');
  const scores = new Map(answer.data.map(({ index, score }) => [index, score]));
  const inOrder = Array.from({ length: expected }, (_, i) => scores.get(i) ?? Number.NaN);
  if (inOrder.some((score) => !Number.isFinite(score))) throw new Error(`scores for ${scores.size} of ${expected}`);
  return inOrder;
}
