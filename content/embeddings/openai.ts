import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { SyncError } from '../../domain/errors.ts';
import type { Embedder } from './embedder.ts';

const vendorBaseUrl = 'https://api.openai.com/v1';
const timeoutMs = 60_000;

/** Default size and price (US dollars per million tokens) of the vendor's models; prices change, plans say "estimate". */
const knownModels: Readonly<Record<string, { readonly dimensions: number; readonly price: number }>> = {
  'text-embedding-3-small': { dimensions: 1536, price: 0.02 },
  'text-embedding-3-large': { dimensions: 3072, price: 0.13 },
  'text-embedding-ada-002': { dimensions: 1536, price: 0.1 },
};

export interface OpenAiEmbedderOptions {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
  readonly dimensions: number | undefined;
  /** Ask the server to shorten vectors; only newer models and servers know the parameter. */
  readonly sendDimensions: boolean;
}

/**
 * OpenAI, or any server that speaks its embeddings call. The client's own retries are off: the workflow engine retries.
 * @throws SyncError `invalid_input` for a model whose dimensions are unknown and not configured
 */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const model = options.model ?? 'text-embedding-3-small';
  const dimensions = options.dimensions ?? knownModels[model]?.dimensions;
  if (dimensions === undefined) {
    throw new SyncError('invalid_input', {
      message: `Set EMBEDDING_DIMENSIONS: the size of ${model}'s vectors is not known here.`,
    });
  }
  // A key must be present even for a local server that ignores it; both are passed so that no stray variable redirects text.
  const client = new OpenAI({
    apiKey: options.apiKey ?? 'none',
    baseURL: options.baseUrl ?? vendorBaseUrl,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
  });
  return {
    model,
    dimensions,
    maxInputsPerCall: 2048,
    // The vendor's limit is 300,000; other servers count otherwise, and a refused call costs more than a second one.
    maxTokensPerCall: 150_000,
    maxParallelCalls: 8,
    dollarsPerMillionTokens: knownModels[model]?.price ?? 0,
    searchWeight: 1,
    embed: async (texts, signal) => {
      if (texts.length === 0) return [];
      try {
        // Base64 is the client's default and a third of the bytes; it also takes plain numbers from servers that ignore it.
        const { data } = await client.embeddings.create(
          { model, input: [...texts], ...(options.sendDimensions ? { dimensions } : {}) },
          { signal },
        );
        return inOrder(data, texts.length, dimensions);
      } catch (error) {
        throw toSyncError(error);
      }
    },
  };
}

/** The answer's order is not promised and a short answer is not refused by the client: both are checked here. */
function inOrder(
  data: readonly { readonly index: number; readonly embedding: readonly number[] }[],
  expected: number,
  dimensions: number,
): Float32Array[] {
  const vectors: (Float32Array | undefined)[] = Array.from({ length: expected });
  for (const { index, embedding } of data) {
    const vector = Float32Array.from(embedding);
    if (vector.length !== dimensions) {
      throw new SyncError('invalid_input', {
        code: 'wrong_dimensions',
        message: `The embedding server answers vectors of ${vector.length} dimensions, ${dimensions} are configured (EMBEDDING_DIMENSIONS).`,
      });
    }
    if (index >= 0 && index < expected && vector.every(Number.isFinite)) vectors[index] = vector;
  }
  const complete = vectors.filter((vector) => vector !== undefined);
  if (complete.length !== expected || data.length !== expected) {
    throw new SyncError('unavailable', {
      code: 'incomplete_embeddings',
      message: 'The embedding server answered fewer vectors than it was asked for.',
    });
  }
  return complete;
}

function toSyncError(error: unknown): unknown {
  if (error instanceof APIUserAbortError) return error;
  if (error instanceof RateLimitError) return rateLimit(error);
  if (error instanceof AuthenticationError || error instanceof PermissionDeniedError) {
    return configuration('The embedding server refused the key (OPENAI_API_KEY).', error);
  }
  if (error instanceof NotFoundError)
    return configuration('The embedding server does not know the model (EMBEDDING_MODEL).', error);
  if (error instanceof BadRequestError) {
    return new SyncError('too_large', {
      code: 'embedding_refused',
      message: 'The embedding server refused the request as invalid or too large.',
      operatorMessage: `embeddings: 400 ${error.code ?? ''}`,
    });
  }
  if (error instanceof APIConnectionTimeoutError || error instanceof APIConnectionError || error instanceof APIError) {
    return new SyncError('unavailable', {
      code: 'embedder_unavailable',
      message: 'The embedding server does not answer; it will be tried again.',
      operatorMessage: `embeddings: ${error.status ?? 'no answer'} ${error.code ?? ''}`,
      ...retryAfter(error),
    });
  }
  return error;
}

function configuration(message: string, error: APIError): SyncError {
  return new SyncError('invalid_input', {
    code: 'embedder_configuration',
    message,
    operatorMessage: `embeddings: ${error.status}`,
  });
}

function rateLimit(error: RateLimitError): SyncError {
  if (error.code === 'insufficient_quota') {
    return new SyncError('quota_exhausted', {
      code: 'embedding_quota_exhausted',
      message: 'The quota of the embedding account is used up; an operator has to raise it.',
    });
  }
  return new SyncError('rate_limited', {
    code: 'embedding_rate_limited',
    message: 'The embedding server asks for patience.',
    ...retryAfter(error),
  });
}

/** `retry-after-ms`, else `retry-after` in seconds, else the vendor's reset headers (`1m12.5s`, `20ms`). */
function retryAfter(error: APIError): { readonly retryAfterMs?: number } {
  const header = (name: string): string | null => error.headers?.get(name) ?? null;
  const ms = Number(header('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms)) return { retryAfterMs: ms };
  const seconds = Number(header('retry-after') ?? Number.NaN);
  if (Number.isFinite(seconds)) return { retryAfterMs: seconds * 1000 };
  const resets = ['x-ratelimit-reset-requests', 'x-ratelimit-reset-tokens'].map((name) => durationMs(header(name)));
  const longest = Math.max(...resets);
  return longest > 0 ? { retryAfterMs: longest } : {};
}

function durationMs(text: string | null): number {
  const unit = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
  let total = 0;
  for (const [, amount, name] of (text ?? '').matchAll(/([\d.]+)(ms|h|m|s)/g)) {
    total += Number(amount) * unit[name as keyof typeof unit];
  }
  return total;
}
