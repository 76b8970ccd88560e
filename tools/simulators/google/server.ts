import { type SimResponse, type SimServer, serve } from '../kit/server.ts';
import { type DriveSwitches, handleDrive, handleExportLink, isExportLink } from './drive.ts';
import { invalidCredentials } from './errors.ts';
import { OAuthServer } from '../kit/oauth.ts';
import { Channels } from './channels.ts';
import { type GmailSwitches, handleGmail, usualGmail } from './gmail.ts';
import { GoogleState } from './state.ts';

export interface GoogleSimulator extends SimServer {
  readonly state: GoogleState;
  readonly oauth: OAuthServer;
  readonly switches: DriveSwitches;
  readonly mailSwitches: GmailSwitches;
  /** The requested notifications and their delivery. */
  readonly channels: Channels;
}

export const simulatedClient = {
  clientId: 'simulated-client.apps.googleusercontent.com',
  clientSecret: 'simulated-secret',
} as const;

/** Runs Google's sign-in, Drive and Gmail on one loopback port (0: any free one). */
export async function startGoogle(
  port = 0,
  options: { readonly rotate?: boolean; readonly expiresInS?: number } = {},
): Promise<GoogleSimulator> {
  const state = new GoogleState();
  const oauth = new OAuthServer(
    {
      ...simulatedClient,
      vendor: 'Google',
      paths: { authorize: '/o/oauth2/v2/auth', token: '/token', revoke: '/revoke' },
      prefixes: { access: 'ya29.', refresh: '1//' },
      defaultScopes: ['https://www.googleapis.com/auth/drive.readonly'],
      revokeBy: 'form',
      revokesAll: true,
      expiresInS: options.expiresInS ?? 3599,
      rotate: options.rotate ?? false,
    },
    () => [...state.accounts.keys()],
  );
  const switches: DriveSwitches = {
    incompleteSearch: false,
    emptyPages: false,
    emptyListing: false,
    maxPage: 1000,
    acceptsAnyToken: false,
    repeats: false,
    maxParents: Infinity,
  };
  const mailSwitches = usualGmail();
  const channels = new Channels();
  const server = await serve(port, async (request): Promise<SimResponse> => {
    if (request.path === '/oauth2/v3/certs') return await channels.jwks();
    const signIn = oauth.handle(request);
    if (signIn !== null) return signIn;
    const grant = oauth.grantOf(request.headers.authorization);
    if (isExportLink(request)) return handleExportLink(state, grant, request);
    if (grant === null) return invalidCredentials();
    const isGmail = request.path.startsWith('/gmail/v1/');
    const { email } = grant;
    const asked = isGmail
      ? channels.handleGmail(email, String(state.account(email).mailbox.historyId), request)
      : channels.handleDrive(email, request);
    const handle = isGmail
      ? () => handleGmail(state, mailSwitches, grant, request)
      : () => handleDrive(state, switches, grant, request);
    const answer = asked ?? handle();
    return { ...answer, account: grant.email };
  });
  return Object.assign(server, { state, oauth, switches, mailSwitches, channels });
}
