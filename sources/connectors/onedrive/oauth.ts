import type { OAuthDescription } from '../oauth.ts';

/**
 * Supports work, school and personal accounts (`common`) (docs/vendors/onedrive.md#sign-in). `Files.Read.All` is
 * delegated: it covers everything the person may read, including items shared by others; plain `Files.Read` covers only
 * the own drive.
 */
export const oneDriveOAuth: OAuthDescription = {
  authUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
  tokenUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
  // Microsoft cannot revoke a single grant, and ending all of the person's sessions would be too much
  // (docs/vendors/onedrive.md#sign-in).
  revokeUrl: null,
  revokeBy: 'form',
  scopes: ['offline_access', 'User.Read', 'Files.Read.All'],
  scopesByConfig: { includeSharePoint: ['Sites.Read.All'] },
  purposes: {
    offline_access: 'to stay signed in',
    'User.Read': 'to identify the account',
    'Files.Read.All': 'to list and read files, including those that others have shared',
    'Sites.Read.All': 'to find SharePoint sites and their document libraries',
  },
  unnamedScopes: ['offline_access'],
  extraAuthorizeParams: { response_mode: 'query', prompt: 'select_account' },
  vendor: 'microsoft',
};
