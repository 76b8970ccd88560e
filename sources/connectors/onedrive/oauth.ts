import type { OAuthDescription } from '../oauth.ts';

const policy =
  'An access policy of the organization does not allow this sign-in (conditional access). Ask its administrator to allow Headwater’s application, then connect the account again.';

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
  refusals: {
    AADSTS50057:
      'This Microsoft account is disabled. Ask an administrator of the organization to enable it, then connect it again.',
    AADSTS50105:
      'The organization has not assigned this account to Headwater’s application. Ask its administrator to do so, then connect the account again.',
    AADSTS53000: policy,
    AADSTS53001: policy,
    AADSTS53002: policy,
    AADSTS53003: policy,
    AADSTS90094:
      'The organization lets only an administrator grant these permissions. Ask one to grant them to Headwater’s application, then connect the account again.',
  },
  vendor: 'microsoft',
};
