/** Translates the requests and answers of vendors that deviate from RFC 6749 to the standard's form. */

import type * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { lenient, readAnswer, unexpectedAnswer } from '../connectors/answers.ts';
import { limitAnswer } from '../connectors/bounded-body.ts';
import type { OAuthDescription } from '../connectors/oauth.ts';

/** The largest answer of a sign-in service that is read, in bytes; tokens and errors take a few kilobytes. */
const maxAnswerBytes = 1024 * 1024;

/** Calls a sign-in service. An answer that is too long fails while it is read. */
export async function fetchSignIn(url: string, init: RequestInit): Promise<Response> {
  return limitAnswer(await fetch(url, init), { vendor: 'The sign-in service', call: 'oauth' }, maxAnswerBytes);
}

/**
 * Sends id and secret unencoded: vendors that use JSON do not understand the standard's percent-encoding of `-` and
 * `_`.
 */
export function basic(clientId: string, clientSecret: string): oauth.ClientAuth {
  return (_server, _client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`);
  };
}

/**
 * Sends the same request to a vendor that expects JSON, and returns its answer in the standard's form: without nulls,
 * and with `error` from the vendor's `code`.
 */
export async function fetchAsJson(
  url: string,
  { body, headers, ...init }: oauth.CustomFetchOptions<string, URLSearchParams | undefined>,
): Promise<Response> {
  const asked = {
    ...init,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(body ?? [])),
  };
  const response = await fetchSignIn(url, asked);
  const { status } = response;
  const text = await response.text();
  const answer = parsed(text);
  if (typeof answer !== 'object' || answer === null) return new Response(text, { status });
  const fields = Object.entries(answer).filter(([, value]) => value !== null);
  const { code, ...rest } = Object.fromEntries(fields) as Record<string, unknown>;
  return Response.json(response.ok || code === undefined ? rest : { error: code, ...rest }, { status });
}

/**
 * Converts the answer of a vendor with its own dialect to the form of RFC 6749.
 * @throws SyncError `unexpected_answer` if the answer does not say whether it succeeded
 */
export async function standardAnswer(response: Response, description: OAuthDescription): Promise<Response> {
  const { dialect } = description;
  if (dialect === undefined || response.status !== 200) return response;
  const body = asObject(parsed(await response.text()));
  if (typeof body['ok'] !== 'boolean') throw unexpectedAnswer(aboutSignIn(description), 'no "ok"');
  const code = typeof body['error'] === 'string' ? body['error'] : 'unknown_error';
  if (!body['ok']) {
    const error = dialect.errorCodes[code] ?? code;
    return Response.json({ error }, { status: error === 'invalid_token' ? 401 : 400 });
  }
  const own = asObject(body[dialect.tokensIn]);
  const tokens = typeof own['access_token'] === 'string' ? own : body;
  const scope = typeof tokens['scope'] === 'string' ? tokens['scope'].replaceAll(dialect.scopeSeparator, ' ') : '';
  return Response.json({ ...tokens, scope, token_type: 'bearer' });
}

/** The characters of RFC 6749, appendix A: any other one could not be sent in a header. */
const token = z.string().regex(/^[\x20-\x7E]+$/);
/** Only the token is required; other fields count if they have the standard's form. */
const tokenAnswer = z.looseObject({
  access_token: token,
  token_type: z.string().min(1).catch('bearer'),
  refresh_token: token.optional().catch(undefined),
  /** Beside a token, an error makes it doubtful whether the token is valid. */
  error: z.literal('').nullish(),
  expires_in: z.coerce.number().positive().max(Number.MAX_SAFE_INTEGER).optional().catch(undefined),
  scope: lenient.text,
});

/**
 * Keeps a granted token and its own fields and drops everything else. No identity is requested, and a vendor that sends
 * one anyway (Microsoft) names an issuer that differs from its address. A refusal is returned unchanged.
 * @throws SyncError `unexpected_answer` for a status 200 without a token, which is not a sign-in (P13)
 */
export async function tokenResponse(response: Response, description: OAuthDescription): Promise<Response> {
  if (response.status !== 200) return response;
  const answer = readAnswer(tokenAnswer, parsed(await response.text()), aboutSignIn(description));
  const { access_token, token_type, refresh_token, expires_in, scope } = answer;
  return Response.json({ access_token, token_type, refresh_token, expires_in, scope });
}

/**
 * Checks that the vendor revoked the grant, or answered that it does not exist.
 * @throws SyncError `unexpected_answer` for anything else, such as a proxy's error page
 */
export async function requireRevoked(response: Response, description: OAuthDescription): Promise<void> {
  const text = await response.text();
  const body = text.trim() === '' ? null : parsed(text);
  const error = asObject(body)['error'];
  const isDone = response.ok && typeof body !== 'string' && error === undefined;
  const isDeleted =
    (response.status === 401 && error !== undefined) ||
    (response.status === 400 && (error === 'invalid_token' || error === 'invalid_grant'));
  if (!isDone && !isDeleted) throw unexpectedAnswer(aboutSignIn(description), `status ${response.status}`);
}

function aboutSignIn({ vendor }: OAuthDescription) {
  return { vendor: `The sign-in service of ${vendor}`, call: 'oauth' };
}

/** Text that is not JSON stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
