import { Client, LogLevel } from '@notionhq/client';
import pLimit from 'p-limit';
import { SyncError } from '../../../domain/errors.ts';
import { limitBody } from '../bounded-body.ts';
import type { ConnectorContext } from '../connector.ts';
import { type CallSubject, isTokenRefused, toNotionError } from './errors.ts';

/** Notion itself gives up after a minute [reference 6.7]. */
const callTimeoutMs = 65_000;
const notionVersion = '2026-03-11';
/** Three calls a second are all there is: more at once would only be refused their turn, and with them the step. */
const parallelCalls = 3;
/** A list of a hundred pages with all their properties, at the most. */
const listBytes = 8 * 1024 * 1024;

/** Runs one call of the official client with a live token; a refused token is replaced once. */
export type NotionCall = <T>(
  subject: CallSubject,
  signal: AbortSignal,
  work: (notion: Client) => Promise<T>,
) => Promise<T>;

/** @param apiBaseUrl replaces Notion's address in tests and with simulators */
export function createNotionCall(
  { tokens, pace, maxItemBytes }: Pick<ConnectorContext, 'tokens' | 'pace' | 'maxItemBytes'>,
  apiBaseUrl: string | undefined,
): NotionCall {
  const limit = pLimit(parallelCalls);
  return async (subject, signal, work) =>
    await limit(async () => {
      signal.throwIfAborted();
      const attempt = async (accessToken: string) => {
        await pace(1, signal);
        const carrier = tokens.carrierOf?.(accessToken) ?? fetch;
        return await work(notionWith(accessToken, carrier, apiBaseUrl, maxItemBytes, signal));
      };
      const token = await tokens.accessToken(signal);
      try {
        return await attempt(token);
      } catch (error) {
        signal.throwIfAborted();
        if (!isTokenRefused(error)) throw toNotionError(error, subject);
        tokens.invalidate(token);
        const fresh = await tokens.accessToken(signal);
        if (fresh === token) throw toNotionError(error, subject);
        return await attempt(fresh).catch((again: unknown) => {
          signal.throwIfAborted();
          throw toNotionError(again, subject);
        });
      }
    });
}

function notionWith(
  token: string,
  carrier: typeof fetch,
  apiBaseUrl: string | undefined,
  maxBytes: number,
  signal: AbortSignal,
): Client {
  return new Client({
    auth: token,
    notionVersion,
    retry: false,
    logLevel: LogLevel.ERROR,
    logger: () => {},
    timeoutMs: callTimeoutMs,
    ...(apiBaseUrl === undefined ? {} : { baseUrl: apiBaseUrl.replace(/\/$/, '') }),
    // The client's own timeout ends with the headers, and it knows no abort signal [reference 1.4].
    fetch: async (url, init) => {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
      const response = await carrier(url, { ...(init as RequestInit), signal: ends });
      return limitBody(response, listBytes + 2 * maxBytes, tooLarge);
    },
  });
}

export function tooLarge(): SyncError {
  return new SyncError('too_large', { message: 'The page is larger than what is read of one page.' });
}
