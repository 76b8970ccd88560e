import { randomBytes } from 'node:crypto';

export type AccountStatus = 'INITIATED' | 'ACTIVE' | 'FAILED' | 'EXPIRED' | 'INACTIVE' | 'REVOKED';

/** A vendor behind a toolkit: its consent page, and the addresses that the proxy calls with its tokens. */
export interface ToolkitVendor {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  readonly origin: string;
  readonly dialect: SignInDialect;
}

/** How a vendor's sign-in differs from plain OAuth. */
export interface SignInDialect {
  /** The name of the consent page's parameter for the scopes, and what separates them. */
  readonly scopes?: { readonly parameter: string; readonly separator: string };
  readonly extraParameters?: Readonly<Record<string, string>>;
  /** JSON with the application's secret as HTTP Basic, instead of a form that contains it. */
  readonly tokenRequest?: 'json';
  /** The object within the first answer that contains the tokens. */
  readonly tokensIn?: string;
}

export interface VendorTokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly expiresInS: number;
  readonly expiresAt: number;
  readonly scope: string;
}

export interface Account {
  readonly id: string;
  readonly userId: string;
  readonly toolkit: string;
  readonly callbackUrl: string;
  readonly linkToken: string;
  readonly createdAt: Date;
  updatedAt: Date;
  status: AccountStatus;
  statusReason: string | null;
  tokens: VendorTokens | null;
  /** Number of reads that are still answered with INITIATED after the consent. */
  hidden: number;
}

/** The contents of one Composio project. Tests control its clock. */
export class ComposioState {
  readonly accounts = new Map<string, Account>();
  /** Milliseconds added to the clock. */
  skewMs = 0;
  readonly #vendors: Readonly<Record<string, ToolkitVendor>>;

  constructor(vendors: Readonly<Record<string, ToolkitVendor>>) {
    this.#vendors = vendors;
  }

  vendor(toolkit: string): ToolkitVendor | undefined {
    return this.#vendors[toolkit];
  }

  toolkits(): string[] {
    return Object.keys(this.#vendors);
  }

  begin(userId: string, toolkit: string, callbackUrl: string): Account {
    const account: Account = {
      id: `ca_${randomBytes(9).toString('base64url')}`,
      linkToken: `lk_${randomBytes(12).toString('base64url')}`,
      userId,
      toolkit,
      callbackUrl,
      createdAt: new Date(),
      updatedAt: new Date(),
      status: 'INITIATED',
      statusReason: null,
      tokens: null,
      hidden: 0,
    };
    this.accounts.set(account.id, account);
    return account;
  }

  byLink(linkToken: string): Account | undefined {
    return [...this.accounts.values()].find((account) => account.linkToken === linkToken);
  }

  set(account: Account, status: AccountStatus, reason: string | null): void {
    account.status = status;
    account.statusReason = reason;
    account.updatedAt = new Date();
  }

  /** Exchanges a code or a refresh token for tokens. If the vendor refuses, the account ends. */
  async obtain(account: Account, form: Readonly<Record<string, string>>): Promise<void> {
    const vendor = this.vendor(account.toolkit);
    if (vendor === undefined) return;
    const response = await fetch(vendor.tokenUrl, tokenRequest(vendor, form));
    if (response.status >= 500) return;
    const whole = (await response.json()) as Readonly<Record<string, unknown>>;
    // Slack refuses with status 200.
    if (!response.ok || whole['ok'] === false) {
      const isFirst = account.tokens === null;
      if (isFirst) this.set(account, 'FAILED', 'OAuth callback failed during token exchange');
      else this.set(account, 'EXPIRED', 'Permanent auth error during token refresh');
      return;
    }
    const answer = (whole[vendor.dialect.tokensIn ?? ''] ?? whole) as Readonly<
      Record<string, string | number | undefined>
    >;
    const expiresInS = Number(answer['expires_in'] ?? 3600);
    account.tokens = {
      accessToken: String(answer['access_token']),
      refreshToken:
        answer['refresh_token'] === undefined
          ? (account.tokens?.refreshToken ?? null)
          : String(answer['refresh_token']),
      expiresInS,
      expiresAt: this.now() + expiresInS * 1000,
      scope: String(answer['scope'] ?? vendor.scopes.join(' ')),
    };
    this.set(account, 'ACTIVE', null);
  }

  /** Runs Composio's background refresh just before the account is read. */
  async refreshWhatIsDue(account: Account): Promise<void> {
    const { tokens } = account;
    if (account.status !== 'ACTIVE' || tokens === null || tokens.expiresAt > this.now()) return;
    await this.obtain(account, { grant_type: 'refresh_token', refresh_token: tokens.refreshToken ?? '' });
  }

  now(): number {
    return Date.now() + this.skewMs;
  }
}

function tokenRequest(
  { clientId, clientSecret, dialect }: ToolkitVendor,
  form: Readonly<Record<string, string>>,
): RequestInit {
  if (dialect.tokenRequest !== 'json') {
    const body = new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret });
    return { method: 'POST', body };
  }
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(form) };
}
