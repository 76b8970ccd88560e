import type { SimResponse } from '../kit/server.ts';

/** Google's error envelope (docs/vendors/google.md#errors). */
export function apiError(code: number, reason: string, message: string, location?: string): SimResponse {
  const detail = { domain: reason.includes('imit') ? 'usageLimits' : 'global', reason, message };
  const located = location === undefined ? detail : { ...detail, locationType: 'parameter', location };
  return { status: code, body: { error: { code, message, errors: [located] } } };
}

export const invalidCredentials = (): SimResponse => apiError(401, 'authError', 'Invalid Credentials');
export const notFound = (id: string): SimResponse => apiError(404, 'notFound', `File not found: ${id}.`, 'fileId');
export const invalidPageToken = (): SimResponse => apiError(400, 'invalid', 'Invalid Value', 'pageToken');
