import { randomUUID } from 'node:crypto';
import { type SimRequest, type SimResponse, type SimServer, serve } from '../kit/server.ts';
import { handleApi } from './api.ts';
import { apiError } from './errors.ts';
import type { NotionSwitches } from './lists.ts';
import { type NotionGrant, NotionOAuth } from './oauth.ts';
import { NotionState } from './state.ts';

export interface NotionSimulator extends SimServer {
  readonly state: NotionState;
  readonly oauth: NotionOAuth;
  readonly switches: NotionSwitches;
}

export const simulatedNotionClient = {
  clientId: '33333333-4444-4555-8666-777777777777',
  clientSecret: 'secret_simulated-notion',
} as const;

const versions = ['2025-09-03', '2026-03-11'];
const windowMs = 60_000;

/** Runs Notion's sign-in and API on one loopback port (0: any free one). */
export async function startNotion(port = 0): Promise<NotionSimulator> {
  const state = new NotionState();
  const oauth = new NotionOAuth({ ...simulatedNotionClient, capabilities: ['read_content', 'read_users'] }, () => [
    ...state.workspaces.keys(),
  ]);
  const switches = defaultSwitches();
  const called = new Map<string, number[]>();
  const server = await serve(port, (request): SimResponse => {
    const signIn = oauth.handle(request);
    if (signIn !== null) return signIn;
    if (request.path.startsWith('/files/')) return fileOf(state, request);
    const grant = oauth.grantOf(request.headers.authorization);
    if (grant === null) return apiError(401, 'unauthorized', 'API token is invalid.');
    const refusal = refuse(request) ?? throttle(called, switches, grant);
    if (refusal !== null) return { ...refusal, account: grant.email };
    const view = {
      workspace: state.workspace(grant.email),
      version: String(request.headers['notion-version']),
      fileUrl: (name: string) => signedUrl(server.url, name),
    };
    return { ...handleApi({ view, switches, grant, request }), account: grant.email };
  });
  return Object.assign(server, { state, oauth, switches });
}

export function defaultSwitches(): NotionSwitches {
  return {
    maxPage: 100,
    searchLagMs: 0,
    resultCap: 10_000,
    markdownBlocks: 20_000,
    noMarkdown: false,
    callsPerMinute: null,
    noTrashSearch: false,
    brokenPage: null,
  };
}

function refuse({ headers }: SimRequest): SimResponse | null {
  const version = headers['notion-version'];
  if (version === undefined)
    return apiError(400, 'missing_version', 'Notion-Version header should be defined, instead was `undefined`.');
  if (!versions.includes(String(version)))
    return apiError(400, 'validation_error', `Notion-Version header is not a supported version: ${String(version)}.`);
  return null;
}

/** Maximum number of calls in any minute; the refusal says when the first of them will be a minute old. */
function throttle(called: Map<string, number[]>, switches: NotionSwitches, grant: NotionGrant): SimResponse | null {
  if (switches.callsPerMinute === null) return null;
  const now = Date.now();
  const recent = (called.get(grant.email) ?? []).filter((at) => at > now - windowMs);
  called.set(grant.email, recent);
  const [first] = recent;
  if (first === undefined || recent.length < switches.callsPerMinute) {
    recent.push(now);
    return null;
  }
  const retryAfter = String(Math.ceil((first + windowMs - now) / 1000));
  const refusal = apiError(429, 'rate_limited', 'You have been rate limited. Please try again later.', {
    rate_limit_reason: 'integration_rate_limit',
  });
  return { ...refusal, headers: { 'retry-after': retryAfter } };
}

const fileLifeMs = 3_600_000;

/** The address differs at every reading, and is valid for an hour. */
function signedUrl(origin: string, name: string): string {
  const query = new URLSearchParams({
    'X-Amz-Expires': '3600',
    'X-Amz-Signature': randomUUID().replaceAll('-', ''),
    until: String(Date.now() + fileLifeMs),
  });
  return `${origin}/files/${encodeURIComponent(name)}?${query.toString()}`;
}

/**
 * The file store uses no tokens: anybody with the address may read until it expires. Like Amazon's, it refuses a request
 * with a second way to authenticate.
 */
function fileOf({ files }: NotionState, { path, query, headers }: SimRequest): SimResponse {
  if (headers.authorization !== undefined) return storeError(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  if (!(Number(query['until']) > Date.now())) return storeError(403, 'AccessDenied', 'Request has expired');
  return { status: 200, body: files.get(decodeURIComponent(path.slice('/files/'.length))) ?? Buffer.from('the file') };
}

function storeError(status: number, code: string, message: string): SimResponse {
  return { status, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` };
}
