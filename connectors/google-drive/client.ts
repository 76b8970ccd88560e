import { OAuth2Client } from 'google-auth-library';
import { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import { SyncError } from '../../domain/errors.ts';
import type { AccessTokenProvider } from '../connector.ts';
import { type CallSubject, isTokenRefused, toSyncError } from '../google/errors.ts';

/** One call, headers and body, in milliseconds. Downloads have no limit of their own but the activity's. */
export const callTimeoutMs = 60_000;

/** Runs one call of the official client with a live token; a refused token is replaced once. */
export type DriveCall = <T>(
  subject: CallSubject,
  signal: AbortSignal,
  work: (drive: drive_v3.Drive) => Promise<{ readonly data: T }>,
) => Promise<T>;

/**
 * The client is only ever given an access token: it then neither refreshes nor repeats anything by itself.
 * @param apiBaseUrl replaces Google's address in tests and with simulators
 */
export function createDriveCall(tokens: AccessTokenProvider, apiBaseUrl: string | undefined): DriveCall {
  const call: DriveCall = async (subject, signal, work) => {
    const token = await tokens.accessToken(signal);
    try {
      return (await work(driveWith(token, apiBaseUrl))).data;
    } catch (error) {
      signal.throwIfAborted();
      if (!isTokenRefused(error)) throw toSyncError(error, subject);
      tokens.invalidate(token);
      return await callAgain(tokens, token, apiBaseUrl, subject, signal, work);
    }
  };
  return call;
}

async function callAgain<T>(
  tokens: AccessTokenProvider,
  refused: string,
  apiBaseUrl: string | undefined,
  subject: CallSubject,
  signal: AbortSignal,
  work: (drive: drive_v3.Drive) => Promise<{ readonly data: T }>,
): Promise<T> {
  const token = await tokens.accessToken(signal);
  if (token === refused) {
    throw new SyncError('unauthorized', {
      message: 'Google no longer accepts the sign-in. Connect the account again.',
    });
  }
  try {
    return (await work(driveWith(token, apiBaseUrl))).data;
  } catch (error) {
    signal.throwIfAborted();
    throw toSyncError(error, subject);
  }
}

function driveWith(accessToken: string, apiBaseUrl: string | undefined): drive_v3.Drive {
  const auth = new OAuth2Client({ transporterOptions: { retryConfig: { retry: 0 } } });
  auth.setCredentials({ access_token: accessToken });
  return new drive_v3.Drive({
    auth,
    retry: false,
    ...(apiBaseUrl === undefined ? {} : { rootUrl: `${apiBaseUrl.replace(/\/$/, '')}/` }),
  });
}
