import type { OAuthDescription } from '../oauth.ts';

/**
 * `offline` makes Dropbox issue a refresh token (docs/vendors/dropbox.md#sign-in). No scope allows writing or sharing.
 */
export const dropboxOAuth: OAuthDescription = {
  authUrl: 'https://www.dropbox.com/oauth2/authorize',
  tokenUrl: 'https://api.dropboxapi.com/oauth2/token',
  revokeUrl: 'https://api.dropboxapi.com/2/auth/token/revoke',
  revokeBy: 'bearer',
  scopes: ['account_info.read', 'files.metadata.read', 'files.content.read'],
  purposes: {
    'account_info.read': 'to identify the account and the root of its folders',
    'files.metadata.read': 'to list files and what changes in them',
    'files.content.read': 'to read the text of files',
  },
  extraAuthorizeParams: { token_access_type: 'offline' },
  vendor: 'dropbox',
};
