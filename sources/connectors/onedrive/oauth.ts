import type { OAuthDescription } from '../oauth.ts';

/**
 * Work, school and personal accounts alike (`common`) (docs/vendors/onedrive.md#sign-in). `Files.Read.All` is delegated: what the person may
 * read, with what others have shared; plain `Files.Read` ends at the own drive.
 */
export const oneDriveOAuth: OAuthDescription = {
  authUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
  tokenUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
  // Microsoft revokes no single grant; ending all sessions of the person would be too much (docs/vendors/onedrive.md#sign-in).
  revokeUrl: null,
  revokeBy: 'form',
  scopes: ['offline_access', 'User.Read', 'Files.Read.All'],
  purposes: {
    offline_access: 'to stay signed in',
    'User.Read': 'to tell whose account it is',
    'Files.Read.All': 'to list and read files, also what others have shared',
  },
  unnamedScopes: ['offline_access'],
  extraAuthorizeParams: { response_mode: 'query', prompt: 'select_account' },
  vendor: 'microsoft',
};
