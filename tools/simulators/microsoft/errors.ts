import type { SimResponse } from '../kit/server.ts';

/** Graph's error envelope (docs/vendors/onedrive.md#errors-and-throttling). */
export function apiError(
  status: number,
  code: string,
  message: string,
  inner: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): SimResponse {
  const ids = { date: '2026-01-15T10:00:00', 'request-id': requestId, 'client-request-id': requestId };
  return {
    status,
    headers: { 'request-id': requestId, ...headers },
    body: { error: { code, message, innerError: { ...inner, ...ids } } },
  };
}

const requestId = '8c0e5a3e-0000-4000-8000-000000000000';

export const itemNotFound = (): SimResponse => apiError(404, 'itemNotFound', 'The resource could not be found.');
export const accessDenied = (): SimResponse => apiError(403, 'accessDenied', 'Access denied');
export const invalidRequest = (message: string): SimResponse => apiError(400, 'invalidRequest', message);

export const unauthenticated = (): SimResponse =>
  apiError(
    401,
    'InvalidAuthenticationToken',
    'Access token has expired or is not yet valid.',
    {},
    {
      'www-authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
    },
  );
