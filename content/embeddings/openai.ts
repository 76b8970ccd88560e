import { endianness } from 'node:os';
import { z } from 'zod';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { isUsableVector } from '../../domain/vectors.ts';
import { CallLimits } from './call-limits.ts';
import type { Embedder, InputType } from './embedder.ts';
import { createEmbeddingsCall, durationMs, type ServerAnswer } from './http.ts';
import { inputTypeParameters, prefixesOf } from './prefixes.ts';
import { embedderFailure, readHint, RefusedCall } from './refused-call.ts';

const vendorBaseUrl = 'https://api.openai.com/v1';

/**
 * Default size and price (US dollars per million tokens) of the vendor's models. Prices change, so plans say
 * "estimate".
 */
const knownModels: Readonly<Record<string, { readonly dimensions: number; readonly price: number }>> = {
  'text-embedding-3-small': { dimensions: 1536, price: 0.02 },
  'text-embedding-3-large': { dimensions: 3072, price: 0.13 },
  'text-embedding-ada-002': { dimensions: 1536, price: 0.1 },
};
/**
 * The vendor's limit for a call is 300,000 tokens (docs/vendors/openai.md#limits), but a refused call costs more than a
 * second one.
 */
const vendorLimits = { inputs: 2048, callTokens: 150_000, inputTokens: 8191 };
/** Other servers are often single machines without a GPU. Their actual limits are learned from their refusals. */
const otherLimits = { inputs: 256, callTokens: 100_000 };

export interface OpenAiEmbedderOptions {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
  readonly dimensions: number | undefined;
  /** Asks the server to shorten vectors; only newer models and servers support the parameter. */
  readonly sendDimensions: boolean;
  /** Prefixes for questions and texts, for a model that is not listed here. */
  readonly prefixes?: Partial<Record<InputType, string>> | undefined;
}

/** Parameters that some servers do not support: one that was refused is omitted from then on. */
type OptionalParameter = keyof typeof parameterNames;

/** How refusals name them. */
const parameterNames = {
  encoding_format: /encoding_format|base64/i,
  dimensions: /dimensions|matryoshka/i,
  input_type: /input_type/i,
  task: /\btask\b/i,
} as const;

/**
 * Calls OpenAI, or any server with the same embeddings API. It never retries; the workflow engine does.
 * @throws SyncError `invalid_input` for a model whose dimensions are unknown and not configured
 */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const model = options.model ?? 'text-embedding-3-small';
  const dimensions = options.dimensions ?? knownModels[model]?.dimensions;
  if (dimensions === undefined) {
    throw new SyncError('invalid_input', {
      scope: 'account',
      message: `Set EMBEDDING_DIMENSIONS, because the vector size of ${model} is unknown.`,
    });
  }
  const url = options.baseUrl ?? vendorBaseUrl;
  const call = createEmbeddingsCall(url, options.apiKey ?? 'none');
  const limits = new CallLimits(options.baseUrl === undefined ? vendorLimits : otherLimits);
  const prefixes = { ...prefixesOf(model), ...options.prefixes };
  const withheld = new Set<OptionalParameter>(options.sendDimensions ? [] : ['dimensions']);
  return {
    model,
    dimensions,
    limits,
    maxCallConcurrency: 8,
    dollarsPerMillionTokens: knownModels[model]?.price ?? 0,
    tokensPerSecond: null,
    searchWeight: 1,
    // Models differ in the similarity of unrelated texts, and none has been measured here.
    minSimilarity: { besideWords: { cosine: 0, shareOfBest: 0 }, alone: { cosine: 0, shareOfBest: 0 } },
    embed: async (texts, inputType, signal) => {
      if (texts.length === 0) return [];
      const input = texts.map((text) => prefixes[inputType] + text);
      // Base64 needs a third of the bytes of numbers as text.
      const optional = { encoding_format: 'base64', dimensions, ...inputTypeParameters(model, inputType) };
      const ask = async (left: ReadonlySet<string>) => {
        const parameters = Object.entries(optional).filter(([name]) => !left.has(name));
        return await call({ model, input, ...Object.fromEntries(parameters) }, signal);
      };
      let answer = await ask(withheld);
      const sent = (Object.keys(optional) as OptionalParameter[]).filter((name) => !withheld.has(name));
      const unknown = unknownParameters(answer, sent, texts);
      if (unknown.length > 0) {
        answer = await ask(new Set([...withheld, ...unknown]));
        if (answer.status === 200) for (const name of unknown) withheld.add(name);
      }
      const read = (found: ServerAnswer) =>
        readVectors(accept(found, { url, model, texts }), texts.length, { model, dimensions });
      try {
        return read(answer);
      } catch (error) {
        // Some servers encode numbers of another size than OpenAI does; numbers as text are the same everywhere.
        if (!isSyncError(error) || error.code !== 'wrong_dimensions' || withheld.has('encoding_format')) throw error;
        withheld.add('encoding_format');
        return read(await ask(withheld));
      }
    },
  };
}

/**
 * Returns the parameters to omit in the next try: those that a refusal names, or all that do not change the vectors if
 * even one short text is refused.
 */
function unknownParameters(
  { status, message }: ServerAnswer,
  sent: readonly OptionalParameter[],
  texts: readonly string[],
): readonly OptionalParameter[] {
  if (status !== 400 && status !== 422) return [];
  const named = sent.filter((name) => parameterNames[name].test(message));
  const isShort = texts.length === 1 && (texts[0]?.length ?? 0) < 32;
  // Without the type of a text, a server would answer with other vectors: that is omitted only if it is refused by name.
  const changeNothing = sent.filter((name) => name === 'encoding_format' || name === 'dimensions');
  return named.length === 0 && isShort ? changeNothing : named;
}

/** @returns the body of an answer @throws the error that the status stands for */
function accept(
  { status, message, body, retryAfterMs, location }: ServerAnswer,
  { url, model, texts }: { readonly url: string; readonly model: string; readonly texts: readonly string[] },
): unknown {
  const operatorMessage = `embeddings: HTTP ${status}`;
  if (status === 200) return body;
  if (status >= 300 && status < 400) {
    const where = location === null ? 'another address' : location;
    throw configuration(
      `The embedding server at ${new URL(url).host} redirects to ${where}. Headwater does not follow it, to protect the key and the texts. Set OPENAI_BASE_URL to the final address.`,
      operatorMessage,
    );
  }
  if (isUsedUp(status, message)) throw quotaUsedUp(operatorMessage);
  // A firewall or a moderation may refuse one text with the status of a refused key; a harmless text shows which it is.
  if (status === 401 || status === 403)
    throw refusedAll('The embedding server refused the API key. Check OPENAI_API_KEY.', operatorMessage);
  if (status === 404 || status === 405) {
    throw refusedAll(
      `The embedding server does not have the model ${model}, or the address is wrong. Check EMBEDDING_MODEL and OPENAI_BASE_URL, which must be the address before /embeddings (most end in /v1).`,
      operatorMessage,
    );
  }
  const statedMs = retryAfterMs ?? (status === 429 ? waitIn(message) : undefined);
  const wait = statedMs === undefined ? {} : { retryAfterMs: statedMs };
  const isOverMinute = status === 429 && /request too large/i.test(message);
  if (status === 429 && !isOverMinute) {
    throw new SyncError('rate_limited', {
      code: 'embedding_rate_limited',
      scope: 'account',
      message: 'Rate limited by the embedding server. The sync resumes automatically.',
      operatorMessage,
      ...wait,
    });
  }
  // The server's token counts differ from ours, but its input counts do not.
  const hint = readHint(message, { inputs: texts.length, tokens: 0, longest: 0 });
  if (isOverMinute || [400, 413, 422].includes(status) || (status === 500 && hint.isAboutSize)) {
    throw new RefusedCall({
      hint: { ...hint, isAboutSize: hint.isAboutSize || status === 413 },
      code: 'embedding_refused',
      message: 'The embedding server rejected the request as invalid or too large.',
      operatorMessage,
    });
  }
  // A server or a gateway may fail on one text only, or refuse it with any status. A wait that it requests is for all.
  if ([500, 502, 504].includes(status) || (status !== 408 && retryAfterMs === undefined))
    throw embedderFailure(operatorMessage);
  throw new SyncError('unavailable', {
    code: 'embedder_unavailable',
    scope: 'account',
    message: 'The embedding server does not answer. The request is retried automatically.',
    operatorMessage,
    ...wait,
  });
}

/** Codes and sentences by which waiting a moment does not help (docs/vendors/openai.md#errors). */
const usedUp = /insufficient_quota|billing_hard_limit_reached|billing_not_active|PerDay/;
const budgetUsedUp = /budget_?exceeded|ExceededBudget|budget has been exceeded! [A-Z][\w ]*[:=]|\bArrearage\b/i;
const aboutMoney = /billing|credit/i;
/** A limit by the minute also says where limits are raised: at the billing page. */
const aboutRate = /rate.?limit|\b[RT]PM\b|per minute/i;

/** Whether money or a budget is used up. A proxy says so with the status of a refused key or of a malformed request. */
function isUsedUp(status: number, message: string): boolean {
  if (status === 402) return true;
  if ([400, 401, 403, 429].includes(status) && budgetUsedUp.test(message)) return true;
  if (status !== 429) return false;
  if (usedUp.test(message)) return true;
  return aboutMoney.test(message) && !aboutRate.test(message) && waitIn(message) === undefined;
}

/** Reads the wait that a rate limit states in its text alone: "try again in 1m12.5s", "retry after 34 seconds". */
function waitIn(message: string): number | undefined {
  const stated =
    /(?:try again|retry) (?:in|after) ((?:\d{1,6}(?:\.\d{1,12})? ?(?:ms|milliseconds?|h|m|s|seconds?|minutes?) ?)+)/i;
  const ms = durationMs(stated.exec(message)?.[1] ?? null);
  return ms > 0 ? ms : undefined;
}

function quotaUsedUp(operatorMessage: string): SyncError {
  return new SyncError('quota_exhausted', {
    code: 'embedding_quota_exhausted',
    scope: 'account',
    message: 'The quota of the embedding account is used up. The operator must raise it.',
    operatorMessage,
  });
}

/** A configuration error, unless only one text is refused this way. */
function refusedAll(message: string, operatorMessage: string): RefusedCall {
  const hint = { isAboutSize: false };
  return new RefusedCall({
    hint,
    isFailure: true,
    kind: 'invalid_input',
    code: 'embedder_configuration',
    message,
    operatorMessage,
  });
}

function configuration(message: string, operatorMessage: string): SyncError {
  return new SyncError('invalid_input', { code: 'embedder_configuration', scope: 'account', message, operatorMessage });
}

const numberBytes = Float32Array.BYTES_PER_ELEMENT;

/** Some servers write numbers as text. */
const index = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);
const embedding = z.union([
  z.string().transform((text) => fromBase64(text)),
  z.array(z.unknown()).transform((values) => Float32Array.from(values, (value) => toNumber(value))),
]);
const answerSchema = z.object({
  data: z.array(z.object({ index: index.optional().catch(undefined), embedding })),
});

/**
 * The order of an answer is not guaranteed. Its count, sizes and numbers are checked here because no client does it.
 */
function readVectors(
  body: unknown,
  expected: number,
  { model, dimensions }: { readonly model: string; readonly dimensions: number },
): (Float32Array | null)[] {
  const answer = answerSchema.safeParse(body);
  if (!answer.success) throw embedderFailure('embeddings: 200 with an answer of another shape', 'unexpected_answer');
  const { data } = answer.data;
  // An unusable vector among good ones, or one without numbers, concerns only its text.
  const sized = data.filter((entry) => entry.embedding.length > 0);
  const [wrong] = sized;
  if (wrong !== undefined && sized.every((entry) => entry.embedding.length !== dimensions)) {
    throw new SyncError('invalid_input', {
      code: 'wrong_dimensions',
      scope: 'account',
      message: `${model} returns vectors of ${wrong.embedding.length} dimensions, but ${dimensions} are configured. Set EMBEDDING_DIMENSIONS=${wrong.embedding.length}, then run "headwater vectors move".`,
    });
  }
  const order = data.length === expected ? orderOf(data.map((entry) => entry.index)) : null;
  if (order === null)
    throw embedderFailure(`embeddings: ${data.length} vectors for ${expected} texts`, 'incomplete_embeddings');
  const vectors = new Map(data.map((entry, i) => [order[i], entry.embedding]));
  return Array.from({ length: expected }, (_, i) => {
    const vector = vectors.get(i);
    return vector?.length === dimensions && isUsableVector(vector) ? vector : null;
  });
}

/**
 * Finds which text each vector is of. Servers count from 0, or from 1, or state the same index or none for all, and then
 * keep the order. @returns null if the indexes contradict each other
 */
function orderOf(indexes: readonly (number | undefined)[]): readonly number[] | null {
  const positions = indexes.map((_, i) => i);
  const distinct = new Set(indexes);
  if (distinct.size <= 1) return positions;
  const first = [0, 1].find((from) => positions.every((i) => distinct.has(i + from)));
  return first === undefined ? null : indexes.map((at) => (at ?? 0) - first);
}

/** Float32, little endian. A vector is where its bytes were decoded, unless a pool gave them an odd place. */
function fromBase64(text: string): Float32Array {
  const decoded = Buffer.from(text, 'base64');
  const bytes = decoded.byteOffset % numberBytes === 0 ? decoded : Buffer.from(new Uint8Array(decoded).buffer);
  const count = Math.floor(bytes.length / numberBytes);
  if (endianness() === 'BE') bytes.subarray(0, count * numberBytes).swap32();
  return new Float32Array(bytes.buffer, bytes.byteOffset, count);
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
