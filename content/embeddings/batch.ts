import { setTimeout as sleep } from 'node:timers/promises';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import type { VectorRecord } from '../vectors/vector-index.ts';
import type { CallSize, Limits } from './call-limits.ts';
import type { Embedder, InputType } from './embedder.ts';
import { limitsOf, type RefusedCall } from './refused-call.ts';

/** A text to embed, with the hash under which its vector is stored. */
export interface TextToEmbed {
  readonly textHash: string;
  readonly embeddingText: string;
  readonly tokens: number;
}

export interface EmbeddedText extends VectorRecord {
  /** Approximate number of tokens that were embedded, if the model does not accept the whole text; else null. */
  readonly cutTokens: number | null;
}

/** Texts without a vector, by hash, with the reason. */
export type RefusedTexts = ReadonlyMap<string, SyncError>;

/** A shorter text is never refused for its length. */
const minLength = 16;
/** When a server does not state its limit, the search for it stops within an eighth. */
const closeEnough = 1 / 8;
/** A server may count 1.5 times as many tokens as we do. */
const maxTokensPerToken = 1.5;
const charactersPerToken = 4;
const probeText = 'Headwater';
/**
 * When a server that failed is asked again whether it is back. Longer waits are left to the activity's retry, so that an
 * outage is shown soon.
 */
const restartDelaysMs = [0, 500, 1000];

/**
 * Embeds texts, each once, in as few calls as the embedder's limits allow, several concurrently. The vectors of each
 * call are passed on immediately, so that a later failure loses nothing that was paid for. A call refused for its
 * contents is split, and a text too long for the model is truncated; only a text that is refused alone is left out.
 * @returns the texts that the server refuses even alone
 * @throws SyncError the same as `Embedder.embed`; the running calls are awaited first
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly TextToEmbed[],
  signal: AbortSignal,
  store: (records: readonly EmbeddedText[]) => Promise<void>,
): Promise<RefusedTexts> {
  const queue = [...new Map(texts.map((text) => [text.textHash, text])).values()];
  const refused = new Map<string, SyncError>();
  const run = { embedder, inputType: 'passage', signal, refused } as const;
  const work = async (): Promise<void> => {
    for (let call = takeCall(queue, embedder.limits.current); call.length > 0;) {
      for await (const part of embedCall(run, call)) await store(part);
      call = takeCall(queue, embedder.limits.current);
    }
  };
  const stop = (error: unknown): never => {
    queue.length = 0;
    throw error;
  };
  const workers = Array.from({ length: embedder.maxCallConcurrency }, () => work().catch(stop));
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return refused;
}

/**
 * Embeds a question, or its beginning if it is too long for the model.
 * @returns null if the server refuses this question alone
 * @throws SyncError the same as `Embedder.embed`
 */
export async function embedQuery(embedder: Embedder, query: string, signal: AbortSignal): Promise<Float32Array | null> {
  const run = { embedder, inputType: 'query', signal, refused: new Map<string, SyncError>() } as const;
  const text = { textHash: 'query', embeddingText: query, tokens: Math.ceil(query.length / charactersPerToken) };
  for await (const [record] of embedCall(run, [text])) if (record !== undefined) return record.vector;
  return null;
}

interface Run {
  readonly embedder: Embedder;
  readonly inputType: InputType;
  readonly signal: AbortSignal;
  readonly refused: Map<string, SyncError>;
}

/** A text, or its beginning. */
interface Input extends TextToEmbed {
  readonly cutTokens?: number;
}

/** Takes one call from the queue, filled up to the limits. */
function takeCall(queue: TextToEmbed[], limits: Limits): TextToEmbed[] {
  let tokens = 0;
  let count = 0;
  for (const text of queue) {
    if (count > 0 && (count >= limits.inputs || tokens + text.tokens > limits.callTokens)) break;
    tokens += text.tokens;
    count++;
  }
  return queue.splice(0, count);
}

/** The limits may have narrowed since the call was filled; it is then split. */
async function* embedCall(run: Run, texts: readonly TextToEmbed[]): AsyncGenerator<EmbeddedText[]> {
  const limits = run.embedder.limits.current;
  const rest = texts.map((text) => cutTo(text, limits.inputTokens));
  const call = takeCall(rest, limits);
  if (rest.length === 0) {
    yield* sendCall(run, call);
    return;
  }
  yield* embedCall(run, call);
  yield* embedCall(run, rest);
}

async function* sendCall(run: Run, call: readonly Input[]): AsyncGenerator<EmbeddedText[]> {
  const { embedder, inputType, signal } = run;
  const size = sizeOf(call);
  try {
    const vectors = await embedder.embed(
      call.map((text) => text.embeddingText),
      inputType,
      signal,
    );
    if (vectors.every((vector) => vector === null) && (await isUselessFor(run))) throw uselessAnswers(embedder.model);
    embedder.limits.accepted(size);
    yield call.flatMap((text, i) => toRecord(run, text, vectors[i] ?? null));
  } catch (error) {
    // A slow machine may answer smaller calls in time, so the next attempt sends those.
    if (isTimeout(error)) embedder.limits.learn({ inputs: Math.ceil(call.length / 2) });
    const [text] = call;
    if (isTimeout(error) && call.length === 1 && text !== undefined && (await takesProbe(run))) {
      run.refused.set(text.textHash, refusedAlone());
      return;
    }
    if (!isRefusedCall(error)) throw error;
    if (error.isFailure && !(await isBack(run))) throw error;
    if (call.length === 1 && text !== undefined) yield* shorten(run, text, error);
    else yield* sendParts(run, call, error);
  }
}

/** Splits a refused call: by the limit that the refusal states, else in halves. */
async function* sendParts(run: Run, call: readonly Input[], refusal: RefusedCall): AsyncGenerator<EmbeddedText[]> {
  const { limits } = run.embedder;
  limits.learn(limitsOf(refusal.hint, sizeOf(call)));
  const rest = [...call];
  takeCall(rest, limits.current);
  if (rest.length > 0) {
    yield* embedCall(run, call);
    return;
  }
  const half = Math.ceil(call.length / 2);
  let whole = true;
  for (const part of [call.slice(0, half), call.slice(half)]) {
    for await (const records of embedCall(run, part)) {
      whole &&= records.length === part.length && records.every((record) => record.cutTokens === null);
      yield records;
    }
  }
  // Both halves were accepted unchanged, so the call contained too many texts.
  if (whole) limits.learn({ inputs: half });
}

/** Embeds the longest beginning of one refused text that the server accepts. */
async function* shorten(run: Run, text: Input, refusal: RefusedCall): AsyncGenerator<EmbeddedText[]> {
  const record = (await isAboutLength(run, text, refusal))
    ? await embedBeginning(run, text, refusal)
    : // The probe may have resolved the problem (an unsupported parameter), so a refusal counts only if it is repeated.
      await embedAlone(run, text);
  if (record === 'refused') run.refused.set(text.textHash, run.refused.get(text.textHash) ?? refusedAlone());
  else {
    if (record.cutTokens !== null) run.embedder.limits.learn({ inputTokens: record.cutTokens });
    yield [record];
  }
}

/** Finds the longest beginning that is accepted: by the limit that the server states, else by halving. */
async function embedBeginning(run: Run, text: Input, refusal: RefusedCall): Promise<EmbeddedText | 'refused'> {
  let [taken, refused] = [0, text.embeddingText.length];
  let best: EmbeddedText | 'refused' = 'refused';
  let last = refusal;
  while (refused >= minLength && (best === 'refused' || refused - taken > refused * closeEnough)) {
    const length = namedLength(last, refused) ?? Math.floor((taken + refused) / 2);
    const answer = await embedAlone(run, beginningOf(text, length), (error) => {
      last = error;
    });
    if (answer === 'refused') refused = length;
    else {
      [best, taken] = [answer, length];
      if (last.hint.limit !== undefined || run.refused.has(text.textHash)) break;
    }
  }
  return best;
}

async function embedAlone(
  run: Run,
  input: Input,
  onRefusal?: (error: RefusedCall) => void,
): Promise<EmbeddedText | 'refused'> {
  try {
    const [vector] = await run.embedder.embed([input.embeddingText], run.inputType, run.signal);
    run.embedder.limits.accepted(sizeOf([input]));
    return toRecord(run, input, vector ?? null)[0] ?? 'refused';
  } catch (error) {
    if (!isRefusedCall(error) || (error.isFailure && !(await isBack(run)))) throw error;
    onRefusal?.(error);
    return 'refused';
  }
}

/**
 * Decides whether a text is refused because of its length. If the server does not say, a longer harmless text is sent
 * to find out.
 * @throws SyncError if the server refuses everything: it is then not the text's fault
 */
async function isAboutLength(run: Run, { tokens }: Input, { hint }: RefusedCall): Promise<boolean> {
  if (hint.limit !== undefined) return true;
  const refusal = await refusalOf(run, probeText);
  // A server that only failed on the harmless text may accept it the next time.
  if (refusal !== null) throw refusal.isFailure ? refusal : refusesAll(run.embedder.model);
  if (hint.isAboutSize) return true;
  const longer = Math.ceil(tokens * maxTokensPerToken);
  if (longer <= run.embedder.limits.maxAccepted) return false;
  return !(await takes(run, 'the '.repeat(longer)));
}

async function takesProbe(run: Run): Promise<boolean> {
  return await takes(run, probeText);
}

/** Whether the server has no usable vector for a harmless text either. Nobody who searches waits for that. */
async function isUselessFor({ embedder, inputType, signal }: Run): Promise<boolean> {
  if (inputType === 'query') return false;
  const [vector] = await embedder.embed([probeText], inputType, signal);
  return vector === null;
}

/**
 * Whether the server takes a harmless text, at once or when it has restarted after a text at which it died. Nobody who
 * searches waits for that.
 */
async function isBack(run: Run): Promise<boolean> {
  for (const delayMs of run.inputType === 'query' ? [0] : restartDelaysMs) {
    await sleep(delayMs, undefined, { signal: run.signal });
    if (await takesProbe(run)) return true;
  }
  return false;
}

async function takes(run: Run, text: string): Promise<boolean> {
  return (await refusalOf(run, text)) === null;
}

/** @returns null if the server accepts the text */
async function refusalOf({ embedder, inputType, signal }: Run, text: string): Promise<RefusedCall | null> {
  try {
    await embedder.embed([text], inputType, signal);
    return null;
  } catch (error) {
    if (isRefusedCall(error)) return error;
    throw error;
  }
}

/** Shortens a length to the limit that the server states, with some margin. */
function namedLength({ hint: { limit, given } }: RefusedCall, length: number): number | undefined {
  if (limit === undefined || given === undefined) return undefined;
  return Math.floor((length * limit * 0.95) / given);
}

function cutTo(text: Input, maxTokens: number): Input {
  if (text.tokens <= maxTokens) return text;
  return beginningOf(text, Math.floor((text.embeddingText.length * maxTokens) / text.tokens));
}

function beginningOf(text: Input, length: number): Input {
  const embeddingText = text.embeddingText.slice(0, length).toWellFormed();
  const tokens = Math.max(1, Math.floor((text.tokens * length) / text.embeddingText.length));
  return { ...text, embeddingText, tokens, cutTokens: tokens };
}

function sizeOf(call: readonly TextToEmbed[]): CallSize {
  const tokens = call.map((text) => text.tokens);
  return { inputs: call.length, tokens: tokens.reduce((sum, n) => sum + n, 0), longest: Math.max(...tokens) };
}

function toRecord(run: Run, { textHash, cutTokens }: Input, vector: Float32Array | null): EmbeddedText[] {
  if (vector !== null) return [{ textHash, vector, cutTokens: cutTokens ?? null }];
  run.refused.set(
    textHash,
    new SyncError('unreadable', {
      code: 'embedding_unusable',
      scope: 'item',
      message:
        'The embedding model returned no usable vector for a part of this text (not a number, or all zeros). The next sync tries again; you can remove that part with a transformation.',
    }),
  );
  return [];
}

/** A model in a number format that its hardware cannot compute, for example: no text is at fault. */
function uselessAnswers(model: string): SyncError {
  return new SyncError('unavailable', {
    code: 'embedder_useless',
    scope: 'account',
    message: `The embedding server returns no usable vector of the model ${model} for any text (not a number, or all zeros). The request is retried automatically. If this persists, check the server’s log, and whether its hardware supports the model’s number format.`,
  });
}

function refusedAlone(): SyncError {
  return new SyncError('unreadable', {
    code: 'embedding_refused',
    scope: 'item',
    message:
      'The embedding server refuses a part of this text, even alone. The next sync tries again; you can remove that part with a transformation.',
  });
}

function refusesAll(model: string): SyncError {
  return new SyncError('invalid_input', {
    code: 'embedder_refuses_all',
    scope: 'account',
    message: `The embedding server refuses all texts for the model ${model}. Check EMBEDDING_MODEL, EMBEDDING_DIMENSIONS and OPENAI_BASE_URL; the server’s own log has the reason.`,
  });
}

function isTimeout(error: unknown): boolean {
  return isSyncError(error) && error.code === 'embedder_timeout';
}

function isRefusedCall(error: unknown): error is RefusedCall {
  return isSyncError(error) && 'hint' in error;
}
