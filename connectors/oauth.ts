import type { VendorName } from '../domain/source.ts';

/** What the sign-in at a vendor needs to know, as plain data: no SDK, no secrets. */
export interface OAuthDescription {
  readonly authUrl: string;
  readonly tokenUrl: string;
  /** Null where the vendor cannot end a single grant. */
  readonly revokeUrl: string | null;
  /** The least that listing and reading need. */
  readonly scopes: readonly string[];
  /** Of these, what the vendor grants without naming it in its answer. */
  readonly unnamedScopes?: readonly string[];
  readonly extraAuthorizeParams: Readonly<Record<string, string>>;
  /** Whose application it is (`GOOGLE_CLIENT_ID` …). */
  readonly vendor: VendorName;
}
