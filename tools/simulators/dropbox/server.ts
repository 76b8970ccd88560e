import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Notified, notify } from '../kit/notify.ts';
import { OAuthServer } from '../kit/oauth.ts';
import { type SimRequest, type SimResponse, type SimServer, serve } from '../kit/server.ts';
import { unauthorized } from './errors.ts';
import { type DropboxSwitches, FileRoutes } from './files.ts';
import { type DropboxAccount, DropboxState } from './state.ts';

export interface DropboxSimulator extends SimServer {
  readonly state: DropboxState;
  readonly oauth: OAuthServer;
  readonly switches: DropboxSwitches;
  /** Like the App Console, asks the address to echo a challenge. @returns whether it did */
  setWebhook(address: string): Promise<boolean>;
  /** Notifies the application that something changed in these accounts. */
  notify(...emails: readonly string[]): Promise<Notified | null>;
}

export const simulatedDropboxClient = {
  clientId: 'simulated-dropbox-key',
  clientSecret: 'simulated-dropbox-secret',
} as const;

const scopeOf: Readonly<Record<string, string>> = {
  'users/get_current_account': 'account_info.read',
  'files/list_folder': 'files.metadata.read',
  'files/list_folder/continue': 'files.metadata.read',
  'files/get_metadata': 'files.metadata.read',
  'files/download': 'files.content.read',
  'files/export': 'files.content.read',
};

/** Runs Dropbox's sign-in, API and content host on one loopback port (0: any free one). */
export async function startDropbox(port = 0): Promise<DropboxSimulator> {
  const state = new DropboxState();
  const oauth = new OAuthServer(
    {
      ...simulatedDropboxClient,
      vendor: 'Dropbox',
      paths: { authorize: '/oauth2/authorize', token: '/oauth2/token', revoke: '/2/auth/token/revoke' },
      prefixes: { access: 'sl.u.', refresh: 'rT0k' },
      defaultScopes: ['account_info.read', 'files.metadata.read', 'files.content.read'],
      revokeBy: 'bearer',
      expiresInS: 14_400,
      rotate: false,
      extra: (email) => ({
        uid: '700123',
        account_id: accountIdOf(email),
        token_type: 'bearer',
      }),
    },
    () => [...state.accounts.keys()],
  );
  const switches: DropboxSwitches = { maxPage: 2000, emptyPages: false, corruptDownloads: false };
  const files = new FileRoutes(switches);
  const server = await serve(port, (request): SimResponse => {
    const signIn = oauth.handle(request);
    if (signIn !== null) return signIn;
    const grant = oauth.grantOf(request.headers.authorization);
    if (grant === null) return unauthorized('invalid_access_token');
    const account = state.account(grant.email);
    return { ...answer(files, account, grant.scopes, request), account: grant.email };
  });
  return Object.assign(server, { state, oauth, switches, ...createWebhook() });
}

/** One webhook for the whole application, signed with its secret. */
function createWebhook(): Pick<DropboxSimulator, 'setWebhook' | 'notify'> {
  let address: string | null = null;
  return {
    setWebhook: async (asked) => {
      const url = new URL(asked);
      const challenge = randomBytes(16).toString('base64url');
      url.searchParams.set('challenge', challenge);
      const response = await fetch(url);
      const isOurs = response.ok && (await response.text()) === challenge;
      if (isOurs) address = asked;
      return isOurs;
    },
    notify: async (...emails) => {
      if (address === null) return null;
      const accounts = emails.map(accountIdOf);
      const body = JSON.stringify({ list_folder: { accounts }, delta: { users: [700123] } });
      const signature = createHmac('sha256', simulatedDropboxClient.clientSecret).update(body).digest('hex');
      return await notify(address, { 'content-type': 'application/json', 'x-dropbox-signature': signature }, body);
    },
  };
}

/** Every call is a POST. A route that is not known to read counts as a change. */
function answer(
  files: FileRoutes,
  account: DropboxAccount,
  scopes: readonly string[],
  request: SimRequest,
): SimResponse {
  const route = request.path.replace(/^\/2\//, '');
  const scope = scopeOf[route];
  if (scope === undefined) return { status: 200, body: {}, mutating: true };
  if (!scopes.includes(scope)) return unauthorized('missing_scope', { required_scope: scope });
  if (route === 'users/get_current_account') return { status: 200, body: currentAccount(account) };
  return files.handle(route, account, request) ?? { status: 404, body: '' };
}

function currentAccount({ email, team }: DropboxAccount): object {
  const root =
    team === null
      ? { '.tag': 'user', root_namespace_id: '3', home_namespace_id: '3' }
      : { '.tag': 'team', root_namespace_id: team.rootId, home_namespace_id: '3', home_path: team.homePath };
  const name = email.split('@')[0] ?? email;
  return {
    account_id: accountIdOf(email),
    name: {
      given_name: name,
      surname: '',
      familiar_name: name,
      display_name: name,
      abbreviated_name: name.slice(0, 2),
    },
    email,
    email_verified: true,
    disabled: false,
    locale: 'en',
    referral_link: 'https://db.tt/x',
    is_paired: false,
    account_type: { '.tag': team === null ? 'basic' : 'business' },
    root_info: root,
  };
}

/** `dbid:` and 35 characters. */
function accountIdOf(email: string): string {
  return `dbid:${createHash('sha256').update(email).digest('base64url').slice(0, 35)}`;
}
