/** Where vendors depart from RFC 6749: their requests and answers in the standard's words. */

import type * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { lenient, readAnswer, unexpectedAnswer } from '../connectors/answers.ts';
import type { OAuthDescription } from '../connectors/oauth.ts';

/** Id and secret as they are: the standard's percent-encoding of `-` and `_` is not understood where JSON is spoken. */
export function basic(clientId: string, clientSecret: string): oauth.ClientAuth {
  return (_server, _client, _body, headers) => {
    headers.set('authorization', `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`);
  };
}

/** The same request and answer, in the words of a vendor that speaks JSON: no nulls, and `code` where the standard has `error`. */
export async function fetchAsJson(
  url: string,
  { body, headers, ...init }: oauth.CustomFetchOptions<string, URLSearchParams | undefined>,
): Promise<Response> {
  const asked = {
    ...init,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(body ?? [])),
  };
  const response = await fetch(url, asked);
  const { status } = response;
  const text = await response.text();
  const answer = parsed(text);
  if (typeof answer !== 'object' || answer === null) return new Response(text, { status });
  const fields = Object.entries(answer).filter(([, value]) => value !== null);
  const { code, ...rest } = Object.fromEntries(fields) as Record<string, unknown>;
  return Response.json(response.ok || code === undefined ? rest : { error: code, ...rest }, { status });
}

/**
 * The answer as RFC 6749 would have it, of a vendor that has a dialect of its own.
 * @throws SyncError `unexpected_answer` for what does not even say whether it is one
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

/** Only a token is demanded; what stands beside it counts where it is what the standard says. */
const tokenAnswer = z.looseObject({
  access_token: z.string().min(1),
  token_type: z.string().min(1).catch('bearer'),
  refresh_token: z.string().min(1).optional().catch(undefined),
  expires_in: z.coerce.number().positive().max(Number.MAX_SAFE_INTEGER).optional().catch(undefined),
  scope: lenient.text,
});

/**
 * A granted token and what belongs to it, and nothing else: nobody's identity is asked for, and a vendor that tells it all
 * the same (Microsoft) names another issuer than its address. A refusal stays as it is.
 * @throws SyncError `unexpected_answer` for an answer with status 200 and without a token, which is no sign-in (P13)
 */
export async function tokenResponse(response: Response, description: OAuthDescription): Promise<Response> {
  if (response.status !== 200) return response;
  const answer = readAnswer(tokenAnswer, parsed(await response.text()), aboutSignIn(description));
  const { access_token, token_type, refresh_token, expires_in, scope } = answer;
  return Response.json({ access_token, token_type, refresh_token, expires_in, scope });
}

/**
 * Has the vendor ended the grant, or said that there is none?
 * @throws SyncError `unexpected_answer` for anything else, such as the page of a proxy
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

/** What is no JSON stays text. */
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
