import type { OAuthDescription } from '../oauth.ts';

/**
 * Google's endpoints, shared by its services. `offline` and `consent` are what makes Google hand out a refresh token, also
 * on a repeated grant. No `include_granted_scopes`: it may answer more than was asked for.
 */
export function googleOAuth(scopes: readonly string[]): OAuthDescription {
  return {
    authUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    revokeUrl: 'https://oauth2.googleapis.com/revoke',
    revokeBy: 'form',
    scopes,
    extraAuthorizeParams: { access_type: 'offline', prompt: 'consent' },
    vendor: 'google',
  };
}
