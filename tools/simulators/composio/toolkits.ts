import type { VendorSettings } from '../../../platform/config.ts';
import type { SignInDialect, ToolkitVendor } from './state.ts';

const google = 'https://www.googleapis.com/auth/';

interface Toolkit {
  readonly vendor: string;
  readonly scopes: readonly string[];
  readonly dialect?: SignInDialect;
}

/** Composio's own scopes are wider than reading needs. */
const toolkits: Readonly<Record<string, Toolkit>> = {
  googledrive: { vendor: 'google', scopes: [`${google}drive`, `${google}drive.readonly`] },
  gmail: { vendor: 'google', scopes: [`${google}gmail.modify`, `${google}gmail.readonly`] },
  dropbox: {
    vendor: 'dropbox',
    scopes: ['account_info.read', 'files.metadata.read', 'files.content.read', 'files.content.write'],
  },
  one_drive: { vendor: 'microsoft', scopes: ['offline_access', 'User.Read', 'Files.ReadWrite.All', 'Files.Read.All'] },
  notion: { vendor: 'notion', scopes: [], dialect: { extraParameters: { owner: 'user' }, tokenRequest: 'json' } },
  slack: {
    vendor: 'slack',
    scopes: ['channels:read', 'channels:history', 'users:read', 'files:read', 'chat:write'],
    dialect: { scopes: { parameter: 'user_scope', separator: ',' }, tokensIn: 'authed_user' },
  },
};

/** The toolkits of a simulated Composio in front of simulated vendors. */
export function toolkitsOf<Name extends string>(
  vendors: Readonly<Partial<Record<Name, VendorSettings>>>,
): Record<string, ToolkitVendor> {
  const settings: Readonly<Partial<Record<string, VendorSettings>>> = vendors;
  return Object.fromEntries(
    Object.entries(toolkits).flatMap(([slug, { vendor, scopes, dialect = {} }]) => {
      const found = settings[vendor];
      if (!found?.apiBaseUrl || !found.authUrl || !found.tokenUrl || !found.clientId || !found.clientSecret) return [];
      const { clientId, clientSecret, authUrl, tokenUrl, apiBaseUrl: origin } = found;
      return [[slug, { clientId, clientSecret, authUrl, tokenUrl, scopes, origin, dialect }]];
    }),
  );
}
