/** How embedding servers with OpenAI's API refuse calls that are too large, in their own messages and statuses. */

import type { SimResponse } from '../kit/server.ts';

export interface EmbeddingRequest {
  readonly texts: readonly string[];
  /** Tokens of each text, as this server's model counts them. */
  readonly tokens: readonly number[];
  readonly encodingFormat: string | undefined;
  readonly dimensions: number | undefined;
}

export interface Personality {
  /** Characters per token of its model, because no two models count alike. */
  readonly charactersPerToken: number;
  /** Null if the call is answered. */
  refuse(asked: EmbeddingRequest): SimResponse | null;
  /** Whether it supports `encoding_format`. Servers that do not, ignore it and return numbers. */
  readonly knowsBase64: boolean;
}

const openAiError = (status: number, message: string, more: object = {}): SimResponse => ({
  status,
  body: { error: { message, type: 'invalid_request_error', param: null, code: null, ...more } },
});
const firstOver = (tokens: readonly number[], max: number): number | undefined => tokens.find((n) => n > max);
const totalOf = (tokens: readonly number[]): number => tokens.reduce((sum, n) => sum + n, 0);

const openai: Personality = {
  charactersPerToken: 4,
  knowsBase64: true,
  refuse: ({ texts, tokens }) => {
    if (texts.length === 0 || texts.length > 2048)
      return openAiError(
        400,
        `'$.input' is invalid: array too long. Expected an array with maximum length 2048, but got an array with length ${texts.length} instead.`,
      );
    if (texts.includes('')) return openAiError(400, "'$.input' is invalid: empty strings are not allowed.");
    const long = firstOver(tokens, 8192);
    if (long !== undefined)
      return openAiError(
        400,
        `This model's maximum context length is 8192 tokens, however you requested ${long} tokens (${long} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
      );
    const total = totalOf(tokens);
    return total > 300_000
      ? openAiError(400, `Requested ${total} tokens, max 300000 tokens per request`, {
          type: 'max_tokens_per_request',
          code: 'max_tokens_per_request',
        })
      : null;
  },
};

/**
 * vLLM with a BERT of 512 tokens: one longer text makes it refuse the call (entrypoints/openai, `_validate_input`). It
 * refuses `dimensions` for models that were not trained for it.
 */
const vllm: Personality = {
  charactersPerToken: 3.3,
  knowsBase64: true,
  refuse: ({ tokens, dimensions }) => {
    if (dimensions !== undefined)
      return openAiError(
        400,
        'Model "e5" does not support matryoshka representation, changing output dimensions will lead to poor results.',
        { type: 'BadRequestError', code: 400 },
      );
    const long = firstOver(tokens, 512);
    return long === undefined
      ? null
      : openAiError(
          400,
          `This model's maximum context length is 512 tokens. However, you requested ${long} tokens in the input for embedding generation. Please reduce the length of the input.`,
          { type: 'BadRequestError', code: 400 },
        );
  },
};

/**
 * Text Embeddings Inference (router/src/http): the error is at the top level of the body. Validation errors are 413,
 * and 422 in other versions.
 */
const tei: Personality = {
  charactersPerToken: 3.3,
  knowsBase64: true,
  refuse: ({ texts, tokens }) => {
    const validation = (status: number, message: string): SimResponse => ({
      status,
      body: { message, code: status, type: 'Validation' },
    });
    if (texts.length > 32) return validation(413, `batch size ${texts.length} > maximum allowed batch size 32`);
    const long = firstOver(tokens, 512);
    return long === undefined
      ? null
      : validation(422, `Input validation error: \`inputs\` must have less than 512 tokens. Given: ${long}`);
  },
};

/**
 * llama.cpp's server: a text must fit into one physical batch; a longer one is a server error. Before 2025, the error
 * contains no number.
 */
const llamaCpp: Personality = {
  charactersPerToken: 3.6,
  knowsBase64: true,
  refuse: ({ tokens }) =>
    firstOver(tokens, 512) === undefined
      ? null
      : {
          status: 500,
          body: {
            error: {
              code: 500,
              message: 'input is too large to process. increase the physical batch size',
              type: 'server_error',
            },
          },
        },
};

/** Ollama's `/v1/embeddings`: it truncates long texts itself, ignores `encoding_format`, and one text may crash it. */
const ollama: Personality = {
  charactersPerToken: 4,
  knowsBase64: false,
  refuse: ({ texts }) =>
    texts.some((text) => text.includes('NaN'))
      ? openAiError(500, 'failed to encode response: json: unsupported value: NaN', { type: 'api_error' })
      : null,
};

/** A server that refuses without a reason: more than 25 texts, more than 1,000 tokens in one, or `encoding_format`. */
const silent: Personality = {
  charactersPerToken: 4,
  knowsBase64: false,
  refuse: ({ texts, tokens, encodingFormat }) =>
    texts.length > 25 || firstOver(tokens, 1000) !== undefined || encodingFormat !== undefined
      ? { status: 400, body: { error: { message: 'Bad Request' } } }
      : null,
};

function capped(max: number, refusal: (given: number) => SimResponse): Personality {
  return {
    charactersPerToken: 4,
    knowsBase64: false,
    refuse: ({ texts }) => (texts.length > max ? refusal(texts.length) : null),
  };
}

export const personalities = {
  openai,
  vllm,
  tei,
  'llama.cpp': llamaCpp,
  ollama,
  silent,
  dashscope: capped(10, () =>
    openAiError(
      400,
      '<400> InternalError.Algo.InvalidParameter: Value error, batch size is invalid, it should not be larger than 10.: input.contents',
      { type: 'InvalidParameter', code: 'InvalidParameter' },
    ),
  ),
  azure: capped(16, () =>
    openAiError(
      400,
      'Too many inputs. The max number of inputs is 16. We hope to increase the number of inputs per request soon.',
    ),
  ),
  cohere: capped(96, (given) => ({
    status: 400,
    body: { message: `invalid request: total number of texts must be at most 96. received ${given}` },
  })),
  voyage: {
    charactersPerToken: 4,
    knowsBase64: false,
    refuse: ({ tokens }) =>
      totalOf(tokens) > 2000
        ? {
            status: 400,
            body: {
              detail: `Request to model 'voyage-3' failed. The max allowed tokens per submitted batch is 2000. Your batch has ${totalOf(tokens)} tokens after truncation. Please lower the number of tokens in the batch.`,
            },
          }
        : null,
  },
} as const satisfies Record<string, Personality>;
