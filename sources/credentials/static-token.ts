import type { AccessTokenProvider } from '../connectors/connector.ts';

export type { AccessTokenProvider };

/** Provides one fixed token, for the call that checks it. */
export function staticToken(accessToken: string): AccessTokenProvider {
  return { accessToken: () => Promise.resolve(accessToken), invalidate: () => {} };
}
