import { OAuth2Client } from 'google-auth-library';
import { gmail_v1 } from 'googleapis/build/src/apis/gmail/v1.js';
import { SyncError } from '../../../domain/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import { type CallSubject, isTokenRefused } from '../google/errors.ts';
import { toGmailError } from './errors.ts';

/** One call, headers and body, in milliseconds. Downloads have no limit of their own but the activity's. */
export const callTimeoutMs = 60_000;

/** What each call costs, in the units that Google counts; older projects pay 5 for every `get` [reference 4.5]. */
export const units = {
  profile: 1,
  labels: 1,
  history: 2,
  list: 5,
  metadata: 20,
  attachment: 20,
  full: 60,
  watch: 100,
  raw: 60,
} as const;

/** Units one user may spend in a minute, in a new project; older ones grant 15,000 [reference 4.5]. */
export const unitsPerMinute = 6000;

/** Runs one call of the official client with a live token; a refused token is replaced once. */
export type GmailCall = <T>(
  subject: CallSubject,
  cost: keyof typeof units,
  signal: AbortSignal,
  work: (gmail: gmail_v1.Gmail) => Promise<{ readonly data: T }>,
) => Promise<T>;

/**
 * The client is only ever given an access token: it then neither refreshes nor repeats anything by itself.
 * @param apiBaseUrl replaces Google's address in tests and with simulators
 */
export function createGmailCall(
  { tokens, pace, logger }: Pick<ConnectorContext, 'tokens' | 'pace' | 'logger'>,
  apiBaseUrl: string | undefined,
): GmailCall {
  return async (subject, cost, signal, work) => {
    const token = await tokens.accessToken(signal);
    const attempt = async (accessToken: string) => {
      await pace(units[cost], signal);
      logger.debug({ call: cost, units: units[cost] }, 'gmail call');
      return (await work(gmailWith(accessToken, tokens.carrierOf?.(accessToken), apiBaseUrl))).data;
    };
    try {
      return await attempt(token);
    } catch (error) {
      signal.throwIfAborted();
      if (!isTokenRefused(error)) throw toGmailError(error, subject);
      tokens.invalidate(token);
      const fresh = await tokens.accessToken(signal);
      if (fresh === token) throw signInEnded();
      return await attempt(fresh).catch((again: unknown) => {
        signal.throwIfAborted();
        throw toGmailError(again, subject);
      });
    }
  };
}

function signInEnded(): SyncError {
  return new SyncError('unauthorized', {
    message: 'Google no longer accepts the sign-in. Connect the account again.',
  });
}

function gmailWith(
  accessToken: string,
  carrier: typeof fetch | undefined,
  apiBaseUrl: string | undefined,
): gmail_v1.Gmail {
  const auth = new OAuth2Client({
    transporterOptions: {
      retryConfig: { retry: 0 },
      ...(carrier === undefined ? {} : { fetchImplementation: carrier }),
    },
  });
  auth.setCredentials({ access_token: accessToken });
  return new gmail_v1.Gmail({
    auth,
    retry: false,
    ...(apiBaseUrl === undefined ? {} : { rootUrl: `${apiBaseUrl.replace(/\/$/, '')}/` }),
  });
}
