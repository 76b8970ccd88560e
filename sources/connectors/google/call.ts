/**
 * Makes one call of an official Google client: rate limited, with a valid token, with its errors converted and its
 * answer parsed.
 */

import { OAuth2Client } from 'google-auth-library';
import type { z } from 'zod';
import { type ErrorScope, isSyncError } from '../../../domain/errors.ts';
import { readAnswer } from '../answers.ts';
import { maxAnswerBytes } from '../bounded-body.ts';
import type { ConnectorContext } from '../connector.ts';
import { withPartLimits } from '../part-limits.ts';
import { withAccessToken } from '../with-access-token.ts';
import {
  type CallSubject,
  type GoogleService,
  isTokenRefused,
  isUnexplained,
  refusedForNow,
  refusedThough,
  scopeOfSubject,
  signInEnded,
} from './errors.ts';
import { fetchFromGoogle } from './transport.ts';

/** Timeout of one call, headers and body, in milliseconds. Downloads are limited only by their activity's timeout. */
export const callTimeoutMs = 60_000;

export interface Ask<Cost extends string, Schema extends z.ZodType> {
  /** The method's name in Google's reference. */
  readonly method: string;
  readonly subject: CallSubject;
  readonly cost: Cost;
  readonly answer: Schema;
}

/** @throws only SyncError, except for an abort */
export type GoogleCall<Client, Cost extends string> = <Schema extends z.ZodType>(
  ask: Ask<Cost, Schema>,
  signal: AbortSignal,
  /** @param auth signs requests that the client has no method for */
  work: (client: Client, auth: OAuth2Client) => Promise<{ readonly data: unknown }>,
) => Promise<z.output<Schema>>;

export interface GoogleClient<Client, Cost extends string> {
  readonly service: GoogleService;
  readonly toError: (error: unknown, subject: CallSubject, client: Client, signal: AbortSignal) => Promise<unknown>;
  /** The cost of each call in Google's quota units. */
  readonly units: Readonly<Record<Cost, number>>;
  /** @param auth contains only an access token, so it neither refreshes nor retries by itself */
  readonly clientWith: (auth: OAuth2Client) => Client;
  /** Makes one cheap call that shows whether the account's sign-in is valid. */
  readonly askAccount: (client: Client, signal: AbortSignal) => Promise<unknown>;
}

/** The part of the context that a call needs. */
export type CallContext = Pick<ConnectorContext, 'tokens' | 'throttle' | 'logger' | 'isRefusedRepeatedly'>;

export function createGoogleCall<Client, Cost extends string>(
  { tokens, throttle, logger, isRefusedRepeatedly }: CallContext,
  google: GoogleClient<Client, Cost>,
): GoogleCall<Client, Cost> {
  const { service, units } = google;
  const signedInWith = keptFor((accessToken) => {
    const auth = authWith(accessToken, tokens.fetchFor?.(accessToken) ?? fetchFromGoogle);
    return { auth, client: google.clientWith(auth) };
  });
  return async (ask, signal, work) => {
    const { method, subject, cost } = ask;
    const run = async (accessToken: string): Promise<unknown> => {
      await throttle(units[cost], signal);
      logger.debug({ call: method, units: units[cost] }, 'google call');
      const { client, auth } = signedInWith(accessToken);
      try {
        return (await work(client, auth)).data;
      } catch (error) {
        signal.throwIfAborted();
        throw isTokenRefused(error) ? error : await toConfirmedError({ google, client, ask, signal }, error);
      }
    };
    const scope = scopeOfSubject(subject);
    const withToken = (): Promise<unknown> =>
      withAccessToken(tokens, signal, run, {
        isRefused: isTokenRefused,
        toError: (error) => error,
        refusedAgain: async (accessToken) =>
          scope === 'account'
            ? signInEnded()
            : await whoseRefusal(google, signedInWith(accessToken).client, scope, signal),
      });
    const askAccount = async (): Promise<void> =>
      await confirmAccount(google, signedInWith(await tokens.accessToken(signal)).client, signal);
    const data = await withPartLimits(withToken, { scope, isRefusedRepeatedly, askAccount });
    return readAnswer(ask.answer, data, { vendor: service.name, call: method });
  };
}

interface FailedCall<Client, Cost extends string> {
  readonly google: GoogleClient<Client, Cost>;
  readonly client: Client;
  readonly ask: Pick<Ask<Cost, z.ZodType>, 'method' | 'subject'>;
  readonly signal: AbortSignal;
}

/**
 * Converts the error. Google sometimes refuses a call of the account that it accepts a moment later, so an unexplained
 * refusal counts only if the account is refused as well. One for notifications is about their address.
 */
async function toConfirmedError<Client, Cost extends string>(
  { google, client, ask, signal }: FailedCall<Client, Cost>,
  thrown: unknown,
): Promise<unknown> {
  const refusal = await google.toError(thrown, ask.subject, client, signal);
  if (!isSyncError(refusal) || !isUnexplained(refusal, thrown) || ask.method.endsWith('.watch')) return refusal;
  try {
    await google.askAccount(client, signal);
    return refusedForNow(thrown, google.service);
  } catch (again) {
    signal.throwIfAborted();
    const answer = isTokenRefused(again) ? again : await google.toError(again, 'account', client, signal);
    return isSyncError(answer) && isUnexplained(answer, again) ? refusal : answer;
  }
}

/** Keeps the client of the latest token: making one takes a third as much CPU as a download with it. */
function keptFor<Client>(make: (accessToken: string) => Client): (accessToken: string) => Client {
  let kept: { readonly accessToken: string; readonly client: Client } | undefined;
  return (accessToken) => {
    if (kept?.accessToken !== accessToken) kept = { accessToken, client: make(accessToken) };
    return kept.client;
  };
}

/**
 * Google may refuse one item with the error of an ended sign-in, so the account is checked before a person is asked to
 * act.
 */
async function whoseRefusal<Client, Cost extends string>(
  google: GoogleClient<Client, Cost>,
  client: Client,
  scope: ErrorScope,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    await confirmAccount(google, client, signal);
    return refusedThough(scope, google.service);
  } catch (error) {
    signal.throwIfAborted();
    return error;
  }
}

/** @throws SyncError what Google refuses the account for */
async function confirmAccount<Client, Cost extends string>(
  google: GoogleClient<Client, Cost>,
  client: Client,
  signal: AbortSignal,
): Promise<void> {
  try {
    await google.askAccount(client, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isTokenRefused(error)) throw signInEnded();
    throw isSyncError(error) ? error : await google.toError(error, 'account', client, signal);
  }
}

function authWith(accessToken: string, fetchWith: typeof fetch): OAuth2Client {
  const auth = new OAuth2Client({
    transporterOptions: {
      retryConfig: { retry: 0 },
      // Google answers all calls itself; its client would send the token along to another port or a host below.
      redirect: 'manual',
      // Calls for contents set a limit of their own, `maxContentLength`, which the client turns into this one.
      size: maxAnswerBytes,
      fetchImplementation: fetchWith,
    },
  });
  auth.setCredentials({ access_token: accessToken });
  return auth;
}

/** @param apiBaseUrl replaces Google's address in tests and with simulators */
export function rootUrl(apiBaseUrl: string | undefined): { readonly rootUrl?: string } {
  return apiBaseUrl === undefined ? {} : { rootUrl: `${apiBaseUrl.replace(/\/$/, '')}/` };
}
