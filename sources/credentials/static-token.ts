import type { AccessTokenProvider } from '../connectors/connector.ts';

export type { AccessTokenProvider };

/** One token and no other: for the call that proves it. */
export function staticToken(accessToken: string): AccessTokenProvider {
  return { accessToken: async () => await Promise.resolve(accessToken), invalidate: () => {} };
}
