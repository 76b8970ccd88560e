import { Client, LogLevel } from '@notionhq/client';
import pLimit from 'p-limit';
import type { z } from 'zod';
import { type ErrorScope, isSyncError, withScope } from '../../../domain/errors.ts';
import { readAnswer } from '../answers.ts';
import { limitAnswer, limitBody } from '../bounded-body.ts';
import type { ConnectorContext } from '../connector.ts';
import { withPartLimits } from '../part-limits.ts';
import { withAccessToken } from '../with-access-token.ts';
import { tooLargeToRead } from '../too-large.ts';
import { type CallSubject, isTokenRefused, toNotionError } from './errors.ts';
import { user } from './wire.ts';

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

type CallContext = Pick<ConnectorContext, 'tokens' | 'throttle' | 'maxItemBytes' | 'isRefusedRepeatedly'>;

/** @param apiBaseUrl replaces Notion's address in tests and with simulators */
export function createNotionCall(
  { tokens, throttle, maxItemBytes, isRefusedRepeatedly }: CallContext,
  apiBaseUrl: string | undefined,
): NotionCall {
  const limit = pLimit(callConcurrency);
  const answer = async (subject: CallSubject, signal: AbortSignal, work: (notion: Client) => Promise<unknown>) => {
    signal.throwIfAborted();
    const attempt = async (accessToken: string) => {
      await throttle(1, signal);
      const fetchWith = tokens.fetchFor?.(accessToken) ?? fetch;
      return await work(notionWith(accessToken, fetchWith, apiBaseUrl, maxItemBytes, signal));
    };
    const toError = (error: unknown): unknown => toNotionError(error, subject);
    return await withAccessToken(tokens, signal, attempt, { isRefused: isTokenRefused, toError });
  };
  const call: NotionCall = async (subject, schema, signal, work) => {
    const { scope, call: name } = subject;
    const askAccount = (): Promise<unknown> => getUser(call, signal);
    const answered = async (): Promise<unknown> => await limit(() => answer(subject, signal, work));
    return read(schema, await withPartLimits(answered, { scope, isRefusedRepeatedly, askAccount }), scope, name);
  };
  return call;
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
  fetchWith: typeof fetch,
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
      const response = await fetchWith(url, { ...(init as RequestInit), redirect: 'manual', signal: ends });
      return isOfOnePage(url)
        ? limitBody(response, listBytes + 2 * maxBytes, () => tooLargeToRead('page', maxBytes))
        : limitAnswer(response, { vendor: 'Notion', call: new URL(url).pathname.split('/')[2] ?? '' });
    },
  });
}

/** The user of the connection: one cheap call that also shows whether the account answers. */
export async function getUser(call: NotionCall, signal: AbortSignal): Promise<z.output<typeof user>> {
  return await call({ scope: 'account', call: 'users.me' }, user, signal, (notion) => notion.users.me({}));
}

/** Whether the call reads one page or its blocks, whose size is its author's choice. */
function isOfOnePage(url: string): boolean {
  return /\/v1\/(blocks|pages)\//.test(url);
}
