import { Dropbox, type DropboxResponse } from 'dropbox';
import { SyncError } from '../../../domain/errors.ts';
import { limitBody } from '../bounded-body.ts';
import type { ConnectorContext } from '../connector.ts';
import { type CallSubject, isTokenRefused, toSyncError } from './errors.ts';

/** One call, headers and body, in milliseconds. */
const callTimeoutMs = 60_000;
const downloadTimeoutMs = 30 * 60_000;
const origins = ['https://api.dropboxapi.com', 'https://content.dropboxapi.com'];

/** Runs one call of the official client with a live token; a refused token is replaced once. */
export type DropboxCall = <T>(
  at: CallSubject | { readonly subject: CallSubject; readonly root: string | undefined },
  signal: AbortSignal,
  work: (dropbox: Dropbox) => Promise<DropboxResponse<T>>,
) => Promise<T>;

/**
 * The client is only ever given an access token: its own refreshing puts secrets into addresses [reference 1.3].
 * @param apiBaseUrl replaces Dropbox's hosts in tests and with simulators; the client knows https only, so the address is
 *   changed where the request leaves
 */
export function createDropboxCall(
  { tokens, pace, maxItemBytes }: Pick<ConnectorContext, 'tokens' | 'pace' | 'maxItemBytes'>,
  apiBaseUrl: string | undefined,
): DropboxCall {
  return async (at, signal, work) => {
    const { subject, root } = typeof at === 'string' ? { subject: at, root: undefined } : at;
    const attempt = async (accessToken: string) => {
      await pace(1, signal);
      const fetcher = createFetch(tokens.carrierOf?.(accessToken) ?? fetch, apiBaseUrl, maxItemBytes, signal);
      const client = new Dropbox({ accessToken, fetch: fetcher, ...(root === undefined ? {} : { pathRoot: root }) });
      return (await work(client)).result;
    };
    const token = await tokens.accessToken(signal);
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

/**
 * Where the account's paths begin: in a team, what lies in the team's folder shows only from the team's root [reference
 * 2.2]. Asked once for a listing; positions and items carry it. Undefined for an account of its own.
 */
export async function findRoot(call: DropboxCall, signal: AbortSignal): Promise<string | undefined> {
  const { root_info: info } = await call('account', signal, async (dropbox) => await dropbox.usersGetCurrentAccount());
  return info['.tag'] === 'team' ? JSON.stringify({ '.tag': 'root', root: info.root_namespace_id }) : undefined;
}

function signInEnded(): SyncError {
  return new SyncError('unauthorized', {
    message: 'Dropbox no longer accepts the sign-in. Connect the account again.',
  });
}

/** Sends where it should, ends with the signal, and stops reading a body that is over the limit. */
function createFetch(
  carrier: typeof fetch,
  apiBaseUrl: string | undefined,
  maxBytes: number,
  signal: AbortSignal,
): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const isDownload = url.startsWith('https://content.');
    const timeout = AbortSignal.timeout(isDownload ? downloadTimeoutMs : callTimeoutMs);
    const response = await carrier(redirected(url, apiBaseUrl), {
      ...init,
      signal: AbortSignal.any([signal, timeout]),
    });
    return isDownload && response.ok ? limitBody(response, maxBytes, tooLarge) : response;
  };
}

function redirected(url: string, apiBaseUrl: string | undefined): string {
  const origin = origins.find((known) => url.startsWith(`${known}/`));
  if (apiBaseUrl === undefined || origin === undefined) return url;
  return `${apiBaseUrl.replace(/\/$/, '')}${url.slice(origin.length)}`;
}

function tooLarge(): SyncError {
  return new SyncError('too_large', { message: 'The file is larger than what is read of one file.' });
}
