import type { OAuthDescription } from '../oauth.ts';

/**
 * Uses a user token, which reads every public channel without joining it, and the person's private ones
 * (docs/vendors/slack.md#sign-in, docs/vendors/slack.md#channels). The permissions for private channels and direct
 * messages are requested only if the config includes them.
 */
export const slackOAuth: OAuthDescription = {
  authUrl: 'https://slack.com/oauth/v2/authorize',
  tokenUrl: 'https://slack.com/api/oauth.v2.access',
  revokeUrl: 'https://slack.com/api/auth.revoke',
  revokeBy: 'bearer',
  scopes: ['channels:read', 'channels:history', 'users:read', 'files:read'],
  scopesByConfig: {
    includePrivateChannels: ['groups:read', 'groups:history'],
    includeDirectMessages: ['im:read', 'im:history', 'mpim:read', 'mpim:history'],
  },
  // Enabling PKCE cannot be undone, and ends every sign-in after 30 days (docs/vendors/slack.md#sign-in).
  pkce: false,
  extraAuthorizeParams: {},
  vendor: 'slack',
  dialect: {
    scopeParameter: 'user_scope',
    scopeSeparator: ',',
    tokensIn: 'authed_user',
    errorCodes: {
      invalid_code: 'invalid_grant',
      code_expired: 'invalid_grant',
      code_already_used: 'invalid_grant',
      invalid_refresh_token: 'invalid_grant',
      invalid_client_id: 'invalid_client',
      bad_client_secret: 'invalid_client',
      bad_redirect_uri: 'invalid_request',
      token_expired: 'invalid_token',
      token_revoked: 'invalid_token',
      invalid_auth: 'invalid_token',
      account_inactive: 'invalid_token',
    },
  },
};
