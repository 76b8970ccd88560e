import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SimRequest, type SimResponse, type SimServer, serve } from '../kit/server.ts';

/** Switches and counts of the simulated embeddings server. */
export interface OpenAiSimulator extends SimServer {
  readonly settings: {
    latencyMs: number;
    dimensions: number;
    shuffled: boolean;
    oneShort: boolean;
    wrongDimension: boolean;
  };
  readonly counts: { calls: number; inputs: number; tokens: number };
  /** How often each text was embedded, by sha-256: "never twice" can be checked. */
  readonly embedded: Map<string, number>;
  /** How often the text was embedded that was embedded most often. */
  mostOften(): number;
}

const maxInputs = 2048;
const maxTokens = 8192;
const maxTokensPerRequest = 300_000;

/** `POST /v1/embeddings` with the vendor's limits; the same text has the same vector, texts that share words are neighbours. */
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
  };
  const counts = { calls: 0, inputs: 0, tokens: 0 };
  const embedded = new Map<string, number>();
  const mostOften = (): number => [...embedded.values()].reduce((most, times) => Math.max(most, times), 0);
  const server = await serve(port, async (request) => {
    if (request.path === '/__sim/counts')
      return { status: 200, body: { ...counts, distinct: embedded.size, most: mostOften() } };
    if (request.path !== '/v1/embeddings') return problem(404, 'invalid_request_error', null, 'Unknown request URL');
    if (!request.headers.authorization?.startsWith('Bearer '))
      return problem(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.');
    if (settings.latencyMs > 0) await sleep(settings.latencyMs);
    return embed(request, settings, counts, embedded);
  });
  return Object.assign(server, { settings, counts, embedded, mostOften });
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
  const tokens = texts.map(countTokens);
  const total = tokens.reduce((sum, n) => sum + n, 0);
  const refusal = refusalOf(texts, tokens, total);
  if (refusal !== null) return problem(400, 'invalid_request_error', null, refusal);
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
    embedding: encode(vectorOf(text, size), encoding_format),
  }));
  if (settings.shuffled) data.reverse();
  if (settings.oneShort) data.pop();
  return {
    status: 200,
    headers: { 'x-request-id': 'req_simulated' },
    body: { object: 'list', data, model, usage: { prompt_tokens: total, total_tokens: total } },
  };
}

function refusalOf(texts: readonly string[], tokens: readonly number[], total: number): string | null {
  if (texts.length === 0 || texts.length > maxInputs)
    return `'$.input' is invalid: 1 to ${maxInputs} inputs are allowed.`;
  if (texts.includes('')) return "'$.input' is invalid: empty strings are not allowed.";
  if (tokens.some((n) => n > maxTokens)) return `This model's maximum context length is ${maxTokens} tokens.`;
  return total > maxTokensPerRequest
    ? `Requested ${total} tokens, max ${maxTokensPerRequest} tokens per request.`
    : null;
}

/** A fixed, cheap rule: four characters a token. */
function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    const at = (hash >>> 0) % dimensions;
    vector[at] = (vector[at] ?? 0) + ((hash & 0x10000) === 0 ? 1 : -1);
  }
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
