import { Dropbox, type DropboxResponse } from 'dropbox';
import type { z } from 'zod';
import { readAnswer } from '../answers.ts';
import { limitAnswer, limitBody } from '../bounded-body.ts';
import type { ConnectorContext } from '../connector.ts';
import { withPartLimits } from '../part-limits.ts';
import { withServedPositions } from '../unserved-position.ts';
import { withAccessToken } from '../with-access-token.ts';
import { tooLargeToRead } from '../too-large.ts';
import { type CallSubject, isTokenRefused, dropboxError, scopeOf } from './errors.ts';
import { account } from './wire.ts';

/** Timeout of one call, headers and body, in milliseconds. */
const callTimeoutMs = 60_000;
const downloadTimeoutMs = 30 * 60_000;
const origins = ['https://api.dropboxapi.com', 'https://content.dropboxapi.com'];

export interface CallTo<Schema extends z.ZodType> {
  readonly subject: CallSubject;
  /** The root of a team's paths. */
  readonly root?: string | undefined;
  /** The call's name for the log. */
  readonly name: string;
  readonly schema: Schema;
}

/** Runs one call of the official client with a valid token and parses its answer; a refused token is replaced once. */
export type DropboxCall = <Schema extends z.ZodType>(
  to: CallTo<Schema>,
  signal: AbortSignal,
  work: (dropbox: Dropbox) => Promise<DropboxResponse<unknown>>,
) => Promise<z.output<Schema>>;

type CallContext = Pick<ConnectorContext, 'tokens' | 'throttle' | 'maxItemBytes' | 'isRefusedRepeatedly'>;

/**
 * The client receives only an access token, because its own refreshing puts secrets into URLs
 * (docs/vendors/dropbox.md#the-official-client).
 * @param apiBaseUrl replaces Dropbox's hosts in tests and with simulators; the client supports only https, so the
 * address is changed when the request is sent
 */
export function createDropboxCall(
  { tokens, throttle, maxItemBytes, isRefusedRepeatedly }: CallContext,
  apiBaseUrl: string | undefined,
): DropboxCall {
  const call: DropboxCall = async ({ subject, root, name, schema }, signal, work) => {
    const attempt = async (accessToken: string): Promise<unknown> => {
      await throttle(1, signal);
      const fetcher = createFetch(tokens.fetchFor?.(accessToken) ?? fetch, apiBaseUrl, maxItemBytes, signal);
      const client = new Dropbox({ accessToken, fetch: fetcher, ...(root === undefined ? {} : { pathRoot: root }) });
      return (await work(client)).result;
    };
    const answer = async (accessToken: string): Promise<z.output<typeof schema>> =>
      readAnswer(schema, await attempt(accessToken), { vendor: 'Dropbox', call: name });
    const toError = (error: unknown): unknown => dropboxError(error, subject, name);
    const withToken = (): Promise<z.output<typeof schema>> =>
      withAccessToken(tokens, signal, answer, { isRefused: isTokenRefused, toError });
    const askAccount = (): Promise<unknown> => getAccount(call, signal);
    const limits = { scope: scopeOf(subject), isRefusedRepeatedly, askAccount };
    const limited = (): Promise<z.output<typeof schema>> => withPartLimits(withToken, limits);
    const isPosition = subject === 'position';
    return await withServedPositions(limited, { vendor: 'Dropbox', isPosition, isRefusedRepeatedly, askAccount });
  };
  return call;
}

export async function getAccount(call: DropboxCall, signal: AbortSignal): Promise<z.output<typeof account>> {
  const to = { subject: 'account', name: 'users/get_current_account', schema: account } as const;
  return await call(to, signal, (dropbox) => dropbox.usersGetCurrentAccount());
}

/**
 * Finds the root of the account's paths: contents of a team's folder are visible only from the team's root
 * (docs/vendors/dropbox.md#calls). It is requested once per listing and stored in positions and items. Undefined for an
 * individual account.
 */
export async function findRoot(call: DropboxCall, signal: AbortSignal): Promise<string | undefined> {
  const { root_namespace_id: root, home_namespace_id: home } = (await getAccount(call, signal)).root_info;
  return root === home ? undefined : JSON.stringify({ '.tag': 'root', root });
}

/**
 * Redirects the request to the configured address, obeys the abort signal and stops reading a body that exceeds the
 * limit.
 */
function createFetch(
  fetchWith: typeof fetch,
  apiBaseUrl: string | undefined,
  maxBytes: number,
  signal: AbortSignal,
): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const isDownload = url.startsWith('https://content.');
    const timeout = AbortSignal.timeout(isDownload ? downloadTimeoutMs : callTimeoutMs);
    const response = await fetchWith(redirected(url, apiBaseUrl), {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    return isDownload && response.ok
      ? limitBody(response, maxBytes, () => tooLargeToRead('file', maxBytes))
      : limitAnswer(response, { vendor: 'Dropbox', call: new URL(url).pathname });
  };
}

function redirected(url: string, apiBaseUrl: string | undefined): string {
  const origin = origins.find((known) => url.startsWith(`${known}/`));
  if (apiBaseUrl === undefined || origin === undefined) return url;
  return `${apiBaseUrl.replace(/\/$/, '')}${url.slice(origin.length)}`;
}
