/**
 * Sign-in of assistants that bring no header, as the authorization chapter of the Model Context Protocol describes it:
 * `/mcp` is a protected resource (RFC 9728) that names the OpenID provider, and accepts access tokens that the provider
 * issued for it.
 */

import { decodeJwt } from 'jose';
import type { Config } from '../platform/config.ts';
import { discoverOnce, unavailable } from './oidc-provider.ts';
import { asymmetric, keySetOf, verifyToken } from './verify-token.ts';

export interface McpSignIn {
  /** The description of the resource, at `/.well-known/oauth-protected-resource`. */
  readonly metadata: object;
  /** Tells a client that was refused where the description is. @param isTokenRefused whether it sent a token */
  challenge(isTokenRefused: boolean): string;
  /** Whether a token says that it is for this resource. It is not verified yet. */
  isMeant(token: string | undefined): token is string;
  /** @returns the user. @throws Problem 401, 503 */
  verify(token: string): Promise<string>;
}

/** The place of the description: the resource's path follows the well-known one (RFC 9728, section 3.1). */
export const metadataPath = '/.well-known/oauth-protected-resource';

/** @returns null unless an OpenID provider is configured */
export function createMcpSignIn({ auth, publicUrl, mcp }: Config): McpSignIn | null {
  const { oidc } = auth;
  if (oidc === undefined || oidc === null) return null;
  const resource = `${publicUrl}/mcp`;
  const audience = mcp.audience ?? resource;
  const provider = discoverOnce(oidc);
  const base = new URL(publicUrl);
  const describedAt = `${base.origin}${metadataPath}${base.pathname.replace(/\/$/, '')}/mcp`;
  return {
    metadata: {
      resource,
      resource_name: 'Headwater',
      authorization_servers: [oidc.issuer],
      bearer_methods_supported: ['header'],
      ...(mcp.scopes.length === 0 ? {} : { scopes_supported: mcp.scopes }),
    },
    challenge: (isTokenRefused) =>
      `Bearer ${isTokenRefused ? 'error="invalid_token", ' : ''}resource_metadata="${describedAt}"`,
    isMeant: (token): token is string => token !== undefined && audiencesOf(token).includes(audience),
    verify: async (token) => {
      const { issuer, jwks_uri: keys } = (await provider()).serverMetadata();
      if (keys === undefined) throw unavailable(new Error('the provider publishes no keys'));
      return await verifyToken(token, keySetOf(keys, 'OIDC_ISSUER'), { issuer, audience, algorithms: asymmetric });
    },
  };
}

function audiencesOf(token: string): readonly string[] {
  try {
    return [decodeJwt(token).aud ?? []].flat();
  } catch {
    return [];
  }
}
