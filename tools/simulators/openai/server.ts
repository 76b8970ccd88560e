import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddingRequest, personalities } from './personalities.ts';
import { type SimRequest, type SimResponse, type SimServer, serve } from '../kit/server.ts';

/** Switches and counts of the simulated embeddings server. */
export interface OpenAiSimulator extends SimServer {
  readonly settings: {
    latencyMs: number;
    dimensions: number;
    shuffled: boolean;
    oneShort: boolean;
    wrongDimension: boolean;
    /** The server whose limits and messages it imitates. */
    personality: keyof typeof personalities;
    /** Refuses every call that contains this, whatever its size. */
    refusedWord: string | null;
    /** A text that contains this gets a vector of zeros. */
    zeroWord: string | null;
  };
  readonly counts: { asked: number; calls: number; inputs: number; tokens: number };
  /** How often each text was embedded, by sha-256, so that "never twice" can be checked. */
  readonly embedded: Map<string, number>;
  /** The highest number of times that one text was embedded. */
  maxTimesEmbedded(): number;
}

/**
 * `POST /v1/embeddings` with the vendor's limits; the same text has the same vector, and texts with common words are
 * close.
 */
export async function startOpenAi(
  port = 0,
  options: { readonly latencyMs?: number; readonly dimensions?: number } = {},
): Promise<OpenAiSimulator> {
  const settings = {
    latencyMs: options.latencyMs ?? 0,
    dimensions: options.dimensions ?? 1536,
    shuffled: false,
    oneShort: false,
    wrongDimension: false,
    personality: 'openai',
    refusedWord: null,
    zeroWord: null,
  } satisfies OpenAiSimulator['settings'] as OpenAiSimulator['settings'];
  const counts = { asked: 0, calls: 0, inputs: 0, tokens: 0 };
  const embedded = new Map<string, number>();
  const maxTimesEmbedded = (): number => [...embedded.values()].reduce((max, times) => Math.max(max, times), 0);
  const server = await serve(port, async (request) => {
    if (request.path === '/__sim/counts')
      return { status: 200, body: { ...counts, distinct: embedded.size, most: maxTimesEmbedded() } };
    if (request.path !== '/v1/embeddings') return problem(404, 'invalid_request_error', null, 'Unknown request URL');
    if (!request.headers.authorization?.startsWith('Bearer '))
      return problem(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.');
    if (settings.latencyMs > 0) await sleep(settings.latencyMs);
    return embed(request, settings, counts, embedded);
  });
  return Object.assign(server, { settings, counts, embedded, maxTimesEmbedded });
}

function embed(
  request: SimRequest,
  settings: OpenAiSimulator['settings'],
  counts: OpenAiSimulator['counts'],
  embedded: Map<string, number>,
): SimResponse {
  const { input, encoding_format, dimensions, model } = JSON.parse(request.body.toString()) as {
    readonly input: string | readonly string[];
    readonly encoding_format?: string;
    readonly dimensions?: number;
    readonly model: string;
  };
  const texts = typeof input === 'string' ? [input] : input;
  const personality = personalities[settings.personality];
  const tokens = texts.map((text) => Math.ceil(text.length / personality.charactersPerToken));
  const total = tokens.reduce((sum, n) => sum + n, 0);
  const asked: EmbeddingRequest = { texts, tokens, encodingFormat: encoding_format, dimensions };
  counts.asked++;
  const refusal = personality.refuse(asked) ?? refuseWord(texts, settings.refusedWord);
  if (refusal !== null) return refusal;
  counts.calls++;
  counts.inputs += texts.length;
  counts.tokens += total;
  for (const text of texts) {
    const hash = createHash('sha256').update(text).digest('hex');
    embedded.set(hash, (embedded.get(hash) ?? 0) + 1);
  }
  const size = settings.wrongDimension ? 7 : (dimensions ?? settings.dimensions);
  const data = texts.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: encode(
      settings.zeroWord !== null && text.includes(settings.zeroWord) ? new Float32Array(size) : vectorOf(text, size),
      personality.knowsBase64 ? encoding_format : undefined,
    ),
  }));
  if (settings.shuffled) data.reverse();
  if (settings.oneShort) data.pop();
  return {
    status: 200,
    headers: { 'x-request-id': 'req_simulated' },
    body: { object: 'list', data, model, usage: { prompt_tokens: total, total_tokens: total } },
  };
}

function refuseWord(texts: readonly string[], word: string | null): SimResponse | null {
  return word !== null && texts.some((text) => text.includes(word))
    ? problem(400, 'invalid_request_error', 'content_refused', 'The request was refused.')
    : null;
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    const at = (hash >>> 0) % dimensions;
    vector[at] = (vector[at] ?? 0) + ((hash & 0x10000) === 0 ? 1 : -1);
  }
  // Words may cancel each other out, but a real model returns no zeros for them.
  if (vector.every((value) => value === 0)) vector[0] = 1;
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum) || 1;
  return vector.map((value) => value / length);
}

function encode(vector: Float32Array, format: string | undefined): string | number[] {
  return format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
}

function problem(status: number, type: string, code: string | null, message: string): SimResponse {
  return { status, body: { error: { message, type, param: null, code } } };
}
