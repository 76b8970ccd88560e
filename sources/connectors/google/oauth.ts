import type { OAuthDescription } from '../oauth.ts';

/** Refusals of the account's own protection or of its organization (docs/vendors/google-drive.md#sign-in). */
const refusals = {
  admin_policy_enforced:
    'An administrator of the Google Workspace does not allow Headwater’s application to read this. Ask one to allow the application, then connect the account again.',
  policy_enforced:
    'This Google account is enrolled in Advanced Protection, which does not admit applications like Headwater. Leave the program, or use another account, then connect it again.',
  org_internal:
    'Headwater’s application at Google is limited to the accounts of one organization. Connect an account of it, or ask the operator to change the application’s audience.',
  invalid_rapt:
    'The Google Workspace demands a new sign-in from time to time (session control). Connect the account again; its administrator can trust Headwater’s application to end this.',
} as const;

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
    refusals,
    vendor: 'google',
  };
}
