import type { VendorName } from '../../domain/source.ts';

/** Describes the sign-in at a vendor as plain data, without an SDK and without secrets. */
export interface OAuthDescription {
  readonly authUrl: string;
  readonly tokenUrl: string;
  /** Null if a grant can be revoked only in the vendor's own settings. */
  readonly revokeUrl: string | null;
  /**
   * `form`: as in RFC 7009; `bearer`: a call with the access token itself; `access_token`: as in RFC 7009, with the
   * access token only.
   */
  readonly revokeBy: 'form' | 'bearer' | 'access_token';
  /**
   * Format of requests to the token endpoint: forms that contain the client's secret (the default), or JSON with HTTP
   * Basic.
   */
  readonly requests?: 'form' | 'json_basic';
  /**
   * False if the vendor does not support PKCE, or rejects it from an application with a secret; only `state` then
   * protects the sign-in.
   */
  readonly pkce?: boolean;
  /** The minimum scopes for listing and reading. */
  readonly scopes: readonly string[];
  /** The purpose of each scope, as an ending of "It is needed …"; shown to people who have not granted it. */
  readonly purposes?: Readonly<Record<string, string>>;
  /** Scopes that the vendor grants without listing them in its answer. */
  readonly unnamedScopes?: readonly string[];
  readonly extraAuthorizeParams: Readonly<Record<string, string>>;
  /** Additional scopes for config fields that are switched on, by field name. */
  readonly scopesByConfig?: Readonly<Record<string, readonly string[]>>;
  /**
   * What to say of refusals that a new sign-in alone does not resolve, by the vendor's error code or a word in its
   * description of the error.
   */
  readonly refusals?: Readonly<Record<string, string>>;
  /** How the vendor deviates from RFC 6749. */
  readonly dialect?: OAuthDialect;
  /** The vendor whose application is used (`GOOGLE_CLIENT_ID` …). */
  readonly vendor: VendorName;
}

/** A vendor's deviations from OAuth 2.0, limited to those that occur. */
export interface OAuthDialect {
  /** The parameter that requests scopes. */
  readonly scopeParameter: string;
  /** Separates scopes, in the request and in the answer. */
  readonly scopeSeparator: string;
  /** The field of a token answer that contains the person's tokens, if they are not at the top level. */
  readonly tokensIn: string;
  /** Maps the vendor's error codes, sent with status 200 and `ok: false`, to those of RFC 6749. */
  readonly errorCodes: Readonly<Record<string, string>>;
}

/** Returns the sign-in that this config needs: a source configured to read more requests more scopes. */
export function forConfig(description: OAuthDescription, config: object): OAuthDescription {
  const wanted = Object.entries(description.scopesByConfig ?? {}).filter(
    ([field]) => (config as Readonly<Record<string, unknown>>)[field] === true,
  );
  return { ...description, scopes: [...description.scopes, ...wanted.flatMap(([, scopes]) => scopes)] };
}
