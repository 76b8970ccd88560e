import { type SimRequest, type SimResponse, type SimServer, serve } from '../kit/server.ts';
import { Limits } from './limits.ts';
import { type MethodContext, missingScope, readingMethods } from './methods.ts';
import { type Grant, SlackOAuth } from './oauth.ts';
import { SlackState } from './state.ts';

export interface SlackSwitches {
  /** Maximum number of channels or people per page. */
  maxPage: number;
  /** How people without access to a file get Slack's login page: by redirect, or directly with status 200. */
  loginPage: 'redirect' | 'html';
}

export interface SlackSimulator extends SimServer {
  readonly state: SlackState;
  readonly oauth: SlackOAuth;
  readonly limits: Limits;
  readonly switches: SlackSwitches;
}

export const simulatedSlackClient = { clientId: '1111.2222', clientSecret: 'simulated-slack-secret' } as const;

/** Runs Slack's sign-in, Web API and file host on one loopback port (0: any free one). */
export async function startSlack(port = 0, options: { readonly rotation?: boolean } = {}): Promise<SlackSimulator> {
  const state = new SlackState();
  const oauth = new SlackOAuth({ ...simulatedSlackClient, rotation: options.rotation ?? true }, state);
  const limits = new Limits();
  const switches: SlackSwitches = { maxPage: 1000, loginPage: 'html' };
  const server = await serve(port, (request): SimResponse => {
    const args = argsOf(request);
    const signIn = oauth.handle(request, args);
    if (signIn !== null) return signIn;
    const origin = `http://${request.headers.host ?? ''}`;
    if (request.path.startsWith('/files-pri/')) return download({ state, oauth, switches }, request);
    const method = /^\/api\/([a-zA-Z.0-9]+)$/.exec(request.path)?.[1];
    if (method === undefined) return { status: 200, body: loginPage };
    const grant = oauth.grantOf(request.headers.authorization ?? bearerOf(args));
    if (typeof grant === 'string') return { status: 200, body: { ok: false, error: grant } };
    const context: MethodContext = { state, limits, grant, origin, maxPage: switches.maxPage };
    return { account: grant.userId, ...answer(context, method, args) };
  });
  return Object.assign(server, { state, oauth, limits, switches });
}

/** The status is 200 for every answer except 429. */
function answer(context: MethodContext, name: string, args: Readonly<Record<string, string>>): SimResponse {
  const method = readingMethods[name];
  if (method === undefined) return { status: 200, body: { ok: false, error: 'unknown_method' }, mutating: true };
  const refusal = context.limits.spend(name);
  if (refusal !== null) return refusal;
  const lacking = method.scope === null ? null : missingScope(context, method.scope);
  const result = lacking ?? method.run(context, args);
  const headers = { 'x-oauth-scopes': context.grant.scopes.join(',') };
  const body = typeof result === 'string' ? { ok: false, error: result } : { ok: true, ...result };
  return { status: 200, headers, body };
}

/**
 * Without a suitable token, a file request returns Slack's login page with status 200 (docs/vendors/slack.md#files).
 */
function download(
  { state, oauth, switches }: { state: SlackState; oauth: SlackOAuth; switches: SlackSwitches },
  { path, headers }: SimRequest,
): SimResponse {
  const grant: Grant | string = oauth.grantOf(headers.authorization);
  if (typeof grant === 'string' || !grant.scopes.includes('files:read')) {
    return switches.loginPage === 'html'
      ? { status: 200, body: loginPage }
      : { status: 302, headers: { location: '/?redir=%2Ffiles-pri' }, body: '' };
  }
  const file = state.files.get(/^\/files-pri\/[^/]+-(F[A-Z0-9]+)\//.exec(path)?.[1] ?? '');
  if (file === undefined || file.mode === 'tombstone') return { status: 404, body: '<h1>not found</h1>' };
  return { status: 200, account: grant.userId, headers: { 'content-type': file.mimetype }, body: file.bytes };
}

const loginPage = '<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body></body></html>';

/** Accepts query, form and JSON. */
function argsOf({ query, headers, body }: SimRequest): Readonly<Record<string, string>> {
  const text = body.toString();
  if (headers['content-type']?.startsWith('application/json') !== true) {
    return { ...query, ...Object.fromEntries(new URLSearchParams(text)) };
  }
  const values = Object.entries(JSON.parse(text || '{}') as Record<string, unknown>);
  return { ...query, ...Object.fromEntries(values.map(([name, value]) => [name, String(value)])) };
}

function bearerOf({ token }: Readonly<Record<string, string>>): string | undefined {
  return token === undefined ? undefined : `Bearer ${token}`;
}
