import type { VendorName } from '../domain/source.ts';

/** What the sign-in at a vendor needs to know, as plain data: no SDK, no secrets. */
export interface OAuthDescription {
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  /** The least that listing and reading need. */
  readonly scopes: readonly string[];
  readonly extraAuthorizeParams: Readonly<Record<string, string>>;
  /** Whose application it is (`GOOGLE_CLIENT_ID` …). */
  readonly vendor: VendorName;
}
