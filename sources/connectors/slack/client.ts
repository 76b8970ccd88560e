import { type Logger, LogLevel, WebClient } from '@slack/web-api';
import type { z } from 'zod';
import { type ErrorScope, isSyncError, withScope } from '../../../domain/errors.ts';
import { retryAfterMs } from '../../../domain/retry-after.ts';
import { readAnswer } from '../answers.ts';
import { limitAnswer } from '../bounded-body.ts';
import type { ConnectorContext } from '../connector.ts';
import { withAccessToken } from '../with-access-token.ts';
import { type CallSubject, isTokenRefused, type LastAnswer, slackError } from './errors.ts';

/** Timeout of one call, headers and body, in milliseconds. */
const callTimeoutMs = 60_000;

/** The methods that the connector calls. All of them only read. */
export type ReadingMethod =
  | 'auth.test'
  | 'auth.teams.list'
  | 'conversations.list'
  | 'conversations.info'
  | 'conversations.history'
  | 'conversations.replies'
  | 'users.conversations'
  | 'users.info'
  | 'files.info';

/** Runs one call of the official client with a valid token and parses its answer; a refused token is replaced once. */
export type SlackCall = <Schema extends z.ZodType>(
  scope: ErrorScope,
  method: ReadingMethod,
  args: Readonly<Record<string, string | number | boolean | undefined>>,
  schema: Schema,
  signal: AbortSignal,
) => Promise<z.output<Schema>>;

/** @param apiBaseUrl replaces `https://slack.com` in tests and with simulators */
export function createSlackCall(
  { tokens, throttle }: Pick<ConnectorContext, 'tokens' | 'throttle'>,
  apiBaseUrl: string | undefined,
): SlackCall {
  return async (scope, method, args, schema, signal) => {
    const subject: CallSubject = { scope, method };
    const attempt = async (accessToken: string): Promise<unknown> => {
      await throttle(1, signal);
      const fetchWith = tokens.fetchFor?.(accessToken);
      return await callOnce(clientFor(accessToken, { method, apiBaseUrl, fetchWith, signal }), method, args);
    };
    const toError = (error: unknown): unknown =>
      error instanceof CallFailure ? slackError(error.reason, subject, error.last) : error;
    const answer = await withAccessToken(tokens, signal, attempt, {
      isRefused: (error) => error instanceof CallFailure && isTokenRefused(error.reason),
      toError,
    });
    return read(schema, answer, subject);
  };
}

/** @throws SyncError `unexpected_answer`, with the scope of the call */
function read<Schema extends z.ZodType>(schema: Schema, answer: unknown, { scope, method }: CallSubject) {
  try {
    return readAnswer(schema, answer, { vendor: 'Slack', call: method });
  } catch (error) {
    throw isSyncError(error) ? withScope(error, scope) : error;
  }
}

/** The client's error, with the answer received up to then. */
class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly reason: unknown;
  readonly last: LastAnswer | null;

  constructor(reason: unknown, last: LastAnswer | null) {
    super('a call of Slack failed');
    this.reason = reason;
    this.last = last;
  }
}

interface CallSettings {
  readonly method: ReadingMethod;
  readonly apiBaseUrl: string | undefined;
  /** Executes the call if a connection provider keeps the token. */
  readonly fetchWith: typeof fetch | undefined;
  readonly signal: AbortSignal;
}

interface OneCallClient {
  readonly web: WebClient;
  readonly last: () => LastAnswer | null;
}

async function callOnce(
  { web, last }: OneCallClient,
  method: ReadingMethod,
  args: Readonly<Record<string, string | number | boolean | undefined>>,
): Promise<unknown> {
  try {
    return await web.apiCall(method, { ...args });
  } catch (error) {
    throw Error.isError(error) && isSyncError(error.cause) ? error.cause : new CallFailure(error, last());
  }
}

/**
 * Creates a client for one call, because a shared client would wait in its own queue. It neither retries nor waits by
 * itself. It gets its own headers object, into which it writes the token (docs/vendors/slack.md#the-official-client).
 */
function clientFor(accessToken: string, { method, apiBaseUrl, fetchWith, signal }: CallSettings): OneCallClient {
  let last: LastAnswer | null = null;
  const web = new WebClient(accessToken, {
    slackApiUrl: `${(apiBaseUrl ?? 'https://slack.com').replace(/\/$/, '')}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
    headers: {},
    fetch: async (url, init) => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
      // No call of Slack's is answered elsewhere: neither token nor arguments follow a redirect.
      const call = { ...init, redirect: 'manual', signal: limited } as const;
      const response = await (fetchWith === undefined ? fetch(url, call) : fetchByGet(fetchWith, url, call));
      last = { status: response.status, retryAfterMs: retryAfterMs(response.headers) };
      return limitAnswer(response, { vendor: 'Slack', call: method });
    },
  });
  return { web, last: () => last };
}

/**
 * Composio’s proxy accepts no forms, so the arguments go into the address, where every reading method accepts them too
 * (docs/vendors/slack.md#the-official-client).
 */
async function fetchByGet(
  fetchWith: typeof fetch,
  url: string | URL,
  { body, ...init }: RequestInit,
): Promise<Response> {
  const address = new URL(url);
  if (typeof body === 'string') address.search = body;
  return await fetchWith(address, { ...init, method: 'GET', headers: {} });
}

/** Replaces the client's own logger, which prints to the console. */
const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
