import { Client, LogLevel } from '@notionhq/client';
import pLimit from 'p-limit';
import type { z } from 'zod';
import { type ErrorScope, isSyncError, SyncError, withScope } from '../../../domain/errors.ts';
import { readAnswer } from '../answers.ts';
import { limitAnswer, limitBody } from '../bounded-body.ts';
import type { ConnectorContext } from '../connector.ts';
import { withAccessToken } from '../with-access-token.ts';
import { type CallSubject, isTokenRefused, toNotionError } from './errors.ts';

/** Notion itself times out after a minute (docs/vendors/notion.md#limits-and-errors). */
const callTimeoutMs = 65_000;
/** Entries of one page of a list: as many as Notion allows (docs/vendors/notion.md#limits-and-errors). */
export const pageSize = 100;
const notionVersion = '2026-03-11';
/** Notion allows three calls a second; more concurrent calls would only be refused, and the activity with them. */
const callConcurrency = 3;
/** Maximum size of a list of a hundred pages with all their properties. */
const listBytes = 8 * 1024 * 1024;

/** Runs one call of the official client with a valid token and parses its answer; a refused token is replaced once. */
export type NotionCall = <Schema extends z.ZodType>(
  subject: CallSubject,
  schema: Schema,
  signal: AbortSignal,
  work: (notion: Client) => Promise<unknown>,
) => Promise<z.output<Schema>>;

/** @param apiBaseUrl replaces Notion's address in tests and with simulators */
export function createNotionCall(
  { tokens, throttle, maxItemBytes }: Pick<ConnectorContext, 'tokens' | 'throttle' | 'maxItemBytes'>,
  apiBaseUrl: string | undefined,
): NotionCall {
  const limit = pLimit(callConcurrency);
  const answer = async (subject: CallSubject, signal: AbortSignal, work: (notion: Client) => Promise<unknown>) => {
    signal.throwIfAborted();
    const attempt = async (accessToken: string) => {
      await throttle(1, signal);
      const carrier = tokens.fetchFor?.(accessToken) ?? fetch;
      return await work(notionWith(accessToken, carrier, apiBaseUrl, maxItemBytes, signal));
    };
    const toError = (error: unknown): unknown => toNotionError(error, subject);
    return await withAccessToken(tokens, signal, attempt, { isRefused: isTokenRefused, toError });
  };
  return async (subject, schema, signal, work) =>
    read(schema, await limit(() => answer(subject, signal, work)), subject.scope, subject.call);
}

/** @throws SyncError `unexpected_answer`, with the scope of the call */
function read<Schema extends z.ZodType>(schema: Schema, answer: unknown, scope: ErrorScope, call: string) {
  try {
    return readAnswer(schema, answer, { vendor: 'Notion', call });
  } catch (error) {
    throw isSyncError(error) ? withScope(error, scope) : error;
  }
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
    // The client's own timeout covers only the headers, and it supports no abort signal
    // (docs/vendors/notion.md#the-official-client).
    fetch: async (url, init) => {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
      const response = await carrier(url, { ...(init as RequestInit), redirect: 'manual', signal: ends });
      return isOfOnePage(url)
        ? limitBody(response, listBytes + 2 * maxBytes, tooLarge)
        : limitAnswer(response, { vendor: 'Notion', call: new URL(url).pathname.split('/')[2] ?? '' });
    },
  });
}

/** Whether the call reads one page or its blocks, whose size is its author's choice. */
function isOfOnePage(url: string): boolean {
  return /\/v1\/(blocks|pages)\//.test(url);
}

export function tooLarge(): SyncError {
  return new SyncError('too_large', { scope: 'item', message: 'The page is larger than the limit for reading.' });
}
