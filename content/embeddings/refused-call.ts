import type { ErrorCode } from '../../domain/error-codes.ts';
import { SyncError, type SyncErrorKind } from '../../domain/errors.ts';
import type { CallSize, Limits } from './call-limits.ts';

/** The limits that a server's message reveals. */
export interface Hint {
  /** Whether the message is about a number of inputs, tokens or characters. */
  readonly isAboutSize: boolean;
  /** The stated limit and the size that was sent, in the server's own unit. */
  readonly limit?: number;
  readonly given?: number;
  readonly of?: keyof Limits;
}

/** The server refused a call for its contents, or failed on it. A smaller call, or a shorter text, may be accepted. */
export class RefusedCall extends SyncError {
  readonly hint: Hint;
  /**
   * Whether the texts may not be the cause: the server failed, its answer cannot be read, or it refused the key or the
   * address. A harmless text then shows the cause; if that is refused too, the error concerns the server.
   */
  readonly isFailure: boolean;

  constructor(options: {
    readonly hint: Hint;
    readonly isFailure?: boolean;
    /** The kind if no text is the cause; `unavailable` by default. */
    readonly kind?: SyncErrorKind;
    readonly message: string;
    readonly code: ErrorCode;
    readonly operatorMessage: string;
  }) {
    const { isFailure = false, kind = isFailure ? 'unavailable' : 'too_large' } = options;
    super(kind, isFailure ? { ...options, scope: 'account' } : options);
    this.hint = options.hint;
    this.isFailure = isFailure;
  }
}

/** The server may fail on a single text; smaller calls show which one. */
export function embedderFailure(operatorMessage: string, code: ErrorCode = 'embedder_unavailable'): RefusedCall {
  return new RefusedCall({
    hint: { isAboutSize: false },
    isFailure: true,
    code,
    message:
      code === 'unexpected_answer'
        ? 'The embedding server gave an answer that Headwater cannot read. The request is retried automatically. If this persists, check OPENAI_BASE_URL, and look for a proxy or a sign-in page in between.'
        : 'The embedding server failed. The request is retried automatically.',
    operatorMessage,
  });
}

const aboutTokens = /tokens?\b|context (?:length|size|window)|physical batch|n_ctx/i;
const aboutSize =
  /token|context|too (?:long|large|big|many)|length|exceed|batch size|maximum|\bmax\b|at most|less than|number of (?:inputs|texts)/i;
const wholeCall = /per (?:request|call|batch|submitted|min)|\b(?:total|overall|in one batch)\b|batch has/i;
const namedLimit =
  /(?:larger than|at most|no more than|less than|up to|limit(?:ed)?(?: is| of| to|:)?|current batch size:?|max(?:imum)?\b[^\d.]{0,60}?)\s*(\d[\d,_]*)/i;
const numbers = /\d[\d,_]*/g;

/**
 * Parses the message of a refusal. Known: vLLM ("maximum context length is 512 tokens. However, you requested 1451"),
 * TEI ("batch size 33 > maximum allowed batch size 32", "must have less than 512 tokens. Given: 534"), llama.cpp
 * ("input (992 tokens) is too large to process … (current batch size: 512)"), DashScope ("should not be larger than
 * 10"), Azure ("The max number of inputs is 16"), Cohere ("at most 96"), Voyage ("max allowed tokens per submitted
 * batch is 120000. Your batch has 150000").
 */
export function readHint(message: string, call: CallSize): Hint {
  const isAboutSize = aboutSize.test(message);
  const limit = toNumber(namedLimit.exec(message)?.[1]);
  if (!isAboutSize || limit === undefined || limit < 1) return { isAboutSize };
  const given = Math.max(...[...message.matchAll(numbers)].map(([text]) => toNumber(text) ?? 0));
  const of = subjectOf(message, limit, call);
  if (of === undefined) return { isAboutSize };
  return { isAboutSize, limit, of, ...(given > limit ? { given } : {}) };
}

function subjectOf(message: string, limit: number, call: CallSize): keyof Limits | undefined {
  if (aboutTokens.test(message)) return wholeCall.test(message) && call.inputs > 1 ? 'callTokens' : 'inputTokens';
  if (/characters?/i.test(message)) return call.inputs === 1 ? 'inputTokens' : undefined;
  return limit < call.inputs ? 'inputs' : undefined;
}

function toNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.replace(/[,_]/g, ''));
}

/** Converts the limit to tokens by our count, using the server's count of the same text. */
export function limitsOf({ limit, given, of }: Hint, call: CallSize): Partial<Limits> {
  if (limit === undefined || of === undefined) return {};
  if (of === 'inputs') return { inputs: limit };
  if (of === 'callTokens')
    return { callTokens: given === undefined ? limit * 0.8 : (call.tokens * limit * 0.95) / given };
  // With several texts it is unknown which one was counted; the shorter ones are not the cause, whatever their limit
  // is.
  return call.inputs === 1 && given !== undefined
    ? { inputTokens: (call.longest * limit * 0.97) / given }
    : { inputTokens: limit };
}
