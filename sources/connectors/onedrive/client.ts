import {
  AuthenticationHandler,
  Client,
  type Context,
  type GraphRequest,
  type Middleware,
  ResponseType,
  TelemetryHandler,
} from '@microsoft/microsoft-graph-client';
import type { z } from 'zod';
import { isSyncError, SyncError, withScope } from '../../../domain/errors.ts';
import { readAnswer } from '../answers.ts';
import { limitAnswer } from '../bounded-body.ts';
import type { AccessTokenProvider, ConnectorContext } from '../connector.ts';
import { withPartLimits } from '../part-limits.ts';
import { withServedPositions } from '../unserved-position.ts';
import { withAccessToken } from '../with-access-token.ts';
import { type CallSubject, noAnswer, signInRefused, graphError } from './errors.ts';
import { graphOrigin } from './wire.ts';

/** Timeout of one call, headers and body, in milliseconds. Downloads are limited only by their activity's timeout. */
const callTimeoutMs = 60_000;

const subscriptions = `${graphOrigin}/v1.0/subscriptions`;

/** Microsoft throttles traffic without an application name first (docs/vendors/onedrive.md#errors-and-throttling). */
export const userAgent = 'ISV|Headwater|Headwater/0.1';

/** HTTP method; GET by default. */
export type Send = (request: GraphRequest) => Promise<unknown>;

/**
 * Runs one call of the official client with a valid token, as a GET unless `send` says otherwise; a refused token is
 * replaced once. It returns 2xx and 3xx answers unchanged: only the raw answer has the code and Retry-After of every
 * kind of error (docs/vendors/onedrive.md#the-official-client).
 */
export type GraphCall = (
  subject: CallSubject,
  signal: AbortSignal,
  request: (graph: Client) => GraphRequest,
  send?: Send,
) => Promise<Response>;

const read: Send = async (request) => (await request.get()) as unknown;

/** @param apiBaseUrl replaces Graph's address in tests and with simulators */
export function createGraphCall(
  { tokens, throttle, isRefusedRepeatedly }: Pick<ConnectorContext, 'tokens' | 'throttle' | 'isRefusedRepeatedly'>,
  apiBaseUrl: string | undefined,
): GraphCall {
  const origin = originOf(apiBaseUrl);
  const call: GraphCall = async (subject, signal, request, send = read) => {
    const attempt = async (token: string): Promise<Response> => {
      await throttle(1, signal);
      const response = await ask(tokens, token, origin, signal, { request, send });
      const refusal = await refusalIn(response, subject, signal);
      if (refusal === null) return response;
      throw refusal.kind === 'unauthorized' && isClaimsChallenge(response) ? signInRefused(claimsChallenge) : refusal;
    };
    const withToken = (): Promise<Response> =>
      withAccessToken(tokens, signal, attempt, {
        isRefused: (error) => isSyncError(error) && error.kind === 'unauthorized' && error.code !== claimsChallenge,
        toError: (error) => error,
      });
    const askAccount = (): Promise<unknown> =>
      call(ofAccount, signal, (graph) => graph.api('/me/drive').query({ $select: 'id' }));
    const { about, scope } = subject;
    const limited = (): Promise<Response> => withPartLimits(withToken, { scope, isRefusedRepeatedly, askAccount });
    const isPosition = about === 'position' && scope === 'account';
    return await withServedPositions(limited, { vendor: 'OneDrive', isPosition, isRefusedRepeatedly, askAccount });
  };
  return call;
}

const ofAccount: CallSubject = { about: 'account', scope: 'account', call: 'drive' };

const claimsChallenge = 'claims_challenge';

/**
 * The challenge requires the person to act (conditional access); no refreshed token satisfies it
 * (docs/vendors/onedrive.md#errors-and-throttling).
 */
function isClaimsChallenge({ headers }: Response): boolean {
  return headers.get('www-authenticate')?.includes('claims=') === true;
}

/** Runs the call and parses its answer. */
export async function callJson<Schema extends z.ZodType>(
  call: GraphCall,
  schema: Schema,
  subject: CallSubject,
  signal: AbortSignal,
  request: (graph: Client) => GraphRequest,
): Promise<z.output<Schema>> {
  const response = await call(subject, signal, request);
  try {
    return readAnswer(schema, await bodyOf(response, subject, signal), { vendor: 'Microsoft', call: subject.call });
  } catch (error) {
    throw isSyncError(error) && error.code === 'unexpected_answer' ? withScope(error, subject.scope) : error;
  }
}

/**
 * A body that is not JSON stays text, which no schema accepts. @throws SyncError for a truncated body, or for one that is
 * too long
 */
async function bodyOf(response: Response, { call }: CallSubject, signal: AbortSignal): Promise<unknown> {
  let text: string;
  try {
    text = await limitAnswer(response, { vendor: 'Microsoft', call }).text();
  } catch (error) {
    signal.throwIfAborted();
    throw isSyncError(error) ? error : noAnswer(error);
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function ask(
  tokens: AccessTokenProvider,
  token: string,
  origin: string,
  signal: AbortSignal,
  { request, send }: { readonly request: (graph: Client) => GraphRequest; readonly send: Send },
): Promise<Response> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
  const transport = new Transport(tokens.fetchFor?.(token) ?? fetch, origin, limited);
  try {
    const graph = graphWith(token, transport);
    return (await send(request(graph).responseType(ResponseType.RAW))) as Response;
  } catch (error) {
    // The client's errors contain the request with its token, so nothing of them is kept.
    signal.throwIfAborted();
    throw isSyncError(error) ? error : noAnswer(transport.failure);
  }
}

/** Null if the call succeeded. */
async function refusalIn(response: Response, subject: CallSubject, signal: AbortSignal): Promise<SyncError | null> {
  if (response.status < 400) return null;
  const about = { vendor: 'Microsoft', call: subject.call };
  const body = await limitAnswer(response, about)
    .text()
    .catch(() => '');
  signal.throwIfAborted();
  const error = graphError(response, body, subject);
  return error.code === 'unexpected_answer' ? withScope(error, subject.scope) : error;
}

/** Leaves out the client's RetryHandler and RedirectHandler, so that one call gets one answer. */
function graphWith(token: string, transport: Transport): Client {
  const authentication = new AuthenticationHandler({ getAccessToken: () => Promise.resolve(token) });
  const telemetry = new TelemetryHandler();
  authentication.setNext(telemetry);
  telemetry.setNext(transport);
  return Client.initWithMiddleware({ middleware: authentication });
}

/**
 * The last link of the middleware chain. The client insists on Graph's own https address, so the configured address is
 * inserted here (docs/vendors/onedrive.md#the-official-client).
 */
class Transport implements Middleware {
  readonly #fetch: typeof fetch;
  readonly #origin: string;
  readonly #signal: AbortSignal;
  /** The error of the network, which the client does not pass on. */
  failure: unknown;

  constructor(fetchWith: typeof fetch, origin: string, signal: AbortSignal) {
    this.#fetch = fetchWith;
    this.#origin = origin;
    this.#signal = signal;
  }

  async execute(context: Context): Promise<void> {
    const url = typeof context.request === 'string' ? context.request : context.request.url;
    if (!url.startsWith(`${graphOrigin}/`)) throw new Error('not an address of Graph');
    const { method = 'GET', body = null } = context.options ?? {};
    // Drives are only read (P11). Subscriptions are separate.
    if (method !== 'GET' && !url.startsWith(subscriptions)) throw new Error(`${method} is not allowed`);
    const headers = new Headers(context.options?.headers);
    headers.set('user-agent', userAgent);
    const address = this.#origin + url.slice(graphOrigin.length);
    const options = { method, body, headers, signal: this.#signal, redirect: 'manual' } as const;
    context.response = await this.#fetch(address, options).catch((error: unknown) => {
      this.failure = error;
      throw error;
    });
  }
}

/** Prevents a setting from sending tokens over an unencrypted connection. */
function originOf(apiBaseUrl: string | undefined): string {
  if (apiBaseUrl === undefined) return graphOrigin;
  const url = new URL(apiBaseUrl);
  if (url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) return url.origin;
  throw new SyncError('invalid_input', {
    code: 'insecure_api_base_url',
    message: 'MICROSOFT_API_BASE_URL must be an https address, or an address on this machine.',
  });
}
