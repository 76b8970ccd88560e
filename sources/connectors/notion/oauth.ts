import type { OAuthDescription } from '../oauth.ts';

/**
 * The connection's permissions are configured in Notion, and the person selects its pages, so there are no scopes
 * (docs/vendors/notion.md#sign-in).
 */
export const notionOAuth: OAuthDescription = {
  authUrl: 'https://api.notion.com/v1/oauth/authorize',
  tokenUrl: 'https://api.notion.com/v1/oauth/token',
  revokeUrl: 'https://api.notion.com/v1/oauth/revoke',
  revokeBy: 'access_token',
  requests: 'json_basic',
  pkce: false,
  scopes: [],
  extraAuthorizeParams: { owner: 'user' },
  vendor: 'notion',
};
