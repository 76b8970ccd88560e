/** Where vendors depart from RFC 6749: their requests and answers in the standard's words. */

import type * as oauth from 'oauth4webapi';
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
  const answer: unknown = await response.json().catch(() => ({}));
  const fields = Object.entries(answer ?? {}).filter(([, value]) => value !== null);
  const { code, ...rest } = Object.fromEntries(fields) as Record<string, unknown>;
  return Response.json(response.ok || code === undefined ? rest : { error: code, ...rest }, { status });
}

/** The answer as RFC 6749 would have it, of a vendor that has a dialect of its own. */
export async function standardAnswer(response: Response, { dialect }: OAuthDescription): Promise<Response> {
  if (dialect === undefined || response.status !== 200) return response;
  const body = asObject(await response.json().catch(() => null));
  const code = typeof body['error'] === 'string' ? body['error'] : 'unknown_error';
  if (body['ok'] !== true) {
    const error = dialect.errorCodes[code] ?? code;
    return Response.json({ error }, { status: error === 'invalid_token' ? 401 : 400 });
  }
  const own = asObject(body[dialect.tokensIn]);
  const tokens = typeof own['access_token'] === 'string' ? own : body;
  const scope = typeof tokens['scope'] === 'string' ? tokens['scope'].replaceAll(dialect.scopeSeparator, ' ') : '';
  return Response.json({ ...tokens, scope, token_type: 'bearer' });
}

/** Nobody's identity is asked for. A vendor that tells it all the same (Microsoft) names another issuer than its address. */
export async function withoutIdToken(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  try {
    const { id_token: _unasked, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return new Response(JSON.stringify(rest), { status, headers });
  } catch {
    return new Response(text, { status, headers });
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
