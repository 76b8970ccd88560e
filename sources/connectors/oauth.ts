import type { VendorName } from '../../domain/source.ts';

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
  /** False where the vendor knows no PKCE, or wants none of an application with a secret; `state` alone then guards the sign-in. */
  readonly pkce?: boolean;
  /** The least that listing and reading need. */
  readonly scopes: readonly string[];
  /** What each of them is for, in words that finish "It is needed …"; for whoever has not granted it. */
  readonly purposes?: Readonly<Record<string, string>>;
  /** Of these, what the vendor grants without naming it in its answer. */
  readonly unnamedScopes?: readonly string[];
  readonly extraAuthorizeParams: Readonly<Record<string, string>>;
  /** Further scopes for a config field that is switched on, by the field's name. */
  readonly scopesByConfig?: Readonly<Record<string, readonly string[]>>;
  /** Where the vendor departs from RFC 6749. */
  readonly dialect?: OAuthDialect;
  /** Whose application it is (`GOOGLE_CLIENT_ID` …). */
  readonly vendor: VendorName;
}

/** A vendor's own way of OAuth 2.0, as far as any needs it. */
export interface OAuthDialect {
  /** The parameter that asks for scopes. */
  readonly scopeParameter: string;
  /** Between scopes, in the request and in the answer. */
  readonly scopeSeparator: string;
  /** The field of a token answer that holds the person's tokens, where they do not stand at the top. */
  readonly tokensIn: string;
  /** Failures come with status 200, `ok: false` and the vendor's own words, here by those of RFC 6749. */
  readonly errorCodes: Readonly<Record<string, string>>;
}

/** The sign-in that this config needs: a source that is told to read more asks for more. */
export function forConfig(description: OAuthDescription, config: object): OAuthDescription {
  const wanted = Object.entries(description.scopesByConfig ?? {}).filter(
    ([field]) => (config as Readonly<Record<string, unknown>>)[field] === true,
  );
  return { ...description, scopes: [...description.scopes, ...wanted.flatMap(([, scopes]) => scopes)] };
}
