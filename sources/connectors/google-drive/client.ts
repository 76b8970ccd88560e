import { OAuth2Client } from 'google-auth-library';
import { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import { SyncError } from '../../../domain/errors.ts';
import type { ConnectorContext } from '../connector.ts';
import { type CallSubject, isTokenRefused, toSyncError } from '../google/errors.ts';

/** One call, headers and body, in milliseconds. Downloads have no limit of their own but the activity's. */
export const callTimeoutMs = 60_000;

/** What a call costs, in the units that Google counts [reference 3.6]. */
export const units = { read: 5, list: 100, download: 200 } as const;

/** Runs one call of the official client with a live token; a refused token is replaced once. */
export type DriveCall = <T>(
  subject: CallSubject,
  cost: keyof typeof units,
  signal: AbortSignal,
  work: (drive: drive_v3.Drive) => Promise<{ readonly data: T }>,
) => Promise<T>;

/**
 * The client is only ever given an access token: it then neither refreshes nor repeats anything by itself.
 * @param apiBaseUrl replaces Google's address in tests and with simulators
 */
export function createDriveCall(
  { tokens, pace }: Pick<ConnectorContext, 'tokens' | 'pace'>,
  apiBaseUrl: string | undefined,
): DriveCall {
  return async (subject, cost, signal, work) => {
    const token = await tokens.accessToken(signal);
    const attempt = async (accessToken: string) => {
      await pace(units[cost], signal);
      return (await work(driveWith(accessToken, tokens.carrierOf?.(accessToken), apiBaseUrl))).data;
    };
    try {
      return await attempt(token);
    } catch (error) {
      signal.throwIfAborted();
      if (!isTokenRefused(error)) throw toSyncError(error, subject);
      tokens.invalidate(token);
      const fresh = await tokens.accessToken(signal);
      if (fresh === token) throw signInEnded();
      return await attempt(fresh).catch((again: unknown) => {
        signal.throwIfAborted();
        throw toSyncError(again, subject);
      });
    }
  };
}

function signInEnded(): SyncError {
  return new SyncError('unauthorized', {
    message: 'Google no longer accepts the sign-in. Connect the account again.',
  });
}

function driveWith(
  accessToken: string,
  carrier: typeof fetch | undefined,
  apiBaseUrl: string | undefined,
): drive_v3.Drive {
  const auth = new OAuth2Client({
    transporterOptions: {
      retryConfig: { retry: 0 },
      ...(carrier === undefined ? {} : { fetchImplementation: carrier }),
    },
  });
  auth.setCredentials({ access_token: accessToken });
  return new drive_v3.Drive({
    auth,
    retry: false,
    ...(apiBaseUrl === undefined ? {} : { rootUrl: `${apiBaseUrl.replace(/\/$/, '')}/` }),
  });
}
