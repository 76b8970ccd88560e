/** What the sign-in at a vendor needs to know, as plain data: no SDK, no secrets. */
export interface OAuthDescription {
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  /** The least that listing and reading need. */
  readonly scopes: readonly string[];
  readonly extraAuthorizeParams: Readonly<Record<string, string>>;
  /** Which `config` section names the application (`GOOGLE_CLIENT_ID` …). */
  readonly vendor: 'google';
}
