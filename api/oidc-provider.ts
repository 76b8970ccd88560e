/** The configured OpenID provider: how it describes itself, and what is said when it does not answer. */

import * as oidc from 'openid-client';
import type { OidcSettings } from '../platform/config.ts';
import { Problem } from './problem.ts';

const timeoutSeconds = 10;

/** The provider's description is read at the first sign-in, and again after a failure. */
export function discoverOnce(settings: OidcSettings): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | null = null;
  return async () => {
    known ??= discover(settings);
    try {
      return await known;
    } catch (error) {
      known = null;
      throw unavailable(error);
    }
  };
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<oidc.Configuration> {
  const authentication = clientSecret === undefined ? oidc.None() : undefined;
  return await oidc.discovery(new URL(issuer), clientId, clientSecret, authentication, {
    timeout: timeoutSeconds,
    // The configuration allows http for this machine only.
    execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
  });
}

/** @returns a Problem 503 */
export function unavailable(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const problem = new Problem(
    503,
    'sign_in_unavailable',
    'The sign-in provider does not answer (OIDC_ISSUER). Try again in a moment.',
    { retryAfterSeconds: 5 },
  );
  problem.cause = error;
  return problem;
}
