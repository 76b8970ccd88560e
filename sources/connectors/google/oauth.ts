import type { OAuthDescription } from '../oauth.ts';

/**
 * Google's endpoints, shared by its services. `offline` and `consent` make Google issue a refresh token, even for a
 * repeated grant. `include_granted_scopes` is not set because Google could then return more scopes than requested.
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
