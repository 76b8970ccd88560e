import type { VendorName } from '../domain/source.ts';

/** What the sign-in at a vendor needs to know, as plain data: no SDK, no secrets. */
export interface OAuthDescription {
  readonly authUrl: string;
  readonly tokenUrl: string;
  /** Null where a grant can only be ended in the vendor's own settings. */
  readonly revokeUrl: string | null;
  /** `form`: as RFC 7009; `bearer`: a call with the access token itself; `access_token`: as RFC 7009, by the access token only. */
  readonly revokeBy: 'form' | 'bearer' | 'access_token';
  /** How the token endpoint is spoken to: by forms that hold the client's secret (the default), or by JSON with HTTP Basic. */
  readonly requests?: 'form' | 'json_basic';
  /** False where the vendor knows no PKCE; `state` alone then guards the sign-in. */
  readonly pkce?: boolean;
  /** The least that listing and reading need. */
  readonly scopes: readonly string[];
  /** Of these, what the vendor grants without naming it in its answer. */
  readonly unnamedScopes?: readonly string[];
  readonly extraAuthorizeParams: Readonly<Record<string, string>>;
  /** Whose application it is (`GOOGLE_CLIENT_ID` …). */
  readonly vendor: VendorName;
}
