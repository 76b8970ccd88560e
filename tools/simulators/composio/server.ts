import { type SimRequest, type SimResponse, type SimServer, serve } from '../kit/server.ts';
import { proxyExecute, type StoredFiles } from './proxy.ts';
import { authConfig, authConfigId, connectedAccount, refusal } from './wire.ts';
import { type Account, ComposioState, type ToolkitVendor } from './state.ts';

export interface ComposioSwitches {
  /** The project's setting "Mask Connected Account Secrets". */
  masked: boolean;
  /** Number of reads for which an account still shows INITIATED after the consent. */
  pollsUntilActive: number;
  /** The key's permission "Proxy execute". */
  mayProxy: boolean;
}

export interface ComposioSimulator extends SimServer {
  readonly state: ComposioState;
  readonly switches: ComposioSwitches;
}

export const simulatedComposioKey = 'ak_simulated_composio_key';

/**
 * Runs Composio on one loopback port (0: any free one), in front of simulated vendors: links, connected accounts, the
 * proxy.
 * @param vendors by toolkit slug
 */
export async function startComposio(
  port: number,
  vendors: Readonly<Record<string, ToolkitVendor>>,
): Promise<ComposioSimulator> {
  const state = new ComposioState(vendors);
  const switches: ComposioSwitches = { masked: false, pollsUntilActive: 0, mayProxy: true };
  const files: StoredFiles = new Map();
  const place = { url: '' };
  const server = await serve(port, async (request): Promise<SimResponse> => {
    if (request.willFail) return { status: 500 };
    const browser = await handleBrowser(state, switches, place.url, files, request);
    if (browser !== null) return browser;
    if (request.headers['x-api-key'] !== simulatedComposioKey) return refusal(401, 'Invalid API key');
    const path = request.path.replace(/^\/api\/v3(\.1)?/, '');
    return await handleApi({ state, switches, files, url: place.url }, path, request);
  });
  place.url = server.url;
  return Object.assign(server, { state, switches });
}

interface Project {
  readonly state: ComposioState;
  readonly switches: ComposioSwitches;
  readonly files: StoredFiles;
  readonly url: string;
}

async function handleApi(project: Project, path: string, request: SimRequest): Promise<SimResponse> {
  const { state, switches } = project;
  if (path === '/auth_configs' && request.method === 'GET') return listAuthConfigs(state, request);
  if (path === '/connected_accounts/link' && request.method === 'POST') return beginLink(project, request);
  const id = /^\/connected_accounts\/(ca_[^/]+)$/.exec(path)?.[1];
  if (id !== undefined) return await handleAccount(state, switches, id, request);
  if (path === '/tools/execute/proxy') {
    if (!switches.mayProxy) return refusal(403, 'The API key lacks the permission "Proxy execute"');
    return await proxyExecute(state, project.files, `${project.url}/files`, request);
  }
  // Counted as a change, whatever the tool does, because nothing guarantees that it only reads.
  if (path.startsWith('/tools/execute/'))
    return { status: 200, mutating: true, body: { data: {}, error: null, successful: true, log_id: 'log_1' } };
  return refusal(404, 'Not found');
}

function listAuthConfigs(state: ComposioState, { query }: SimRequest): SimResponse {
  const items = state.toolkits().filter((toolkit) => (query['toolkit_slug'] ?? toolkit).split(',').includes(toolkit));
  const page = { total_pages: 1, current_page: 1, total_items: items.length, next_cursor: null };
  return { status: 200, body: { items: items.map((toolkit) => authConfig(state, toolkit)), ...page } };
}

function beginLink({ state, url }: Project, { body }: SimRequest): SimResponse {
  const asked = JSON.parse(body.toString()) as Readonly<Record<string, string | undefined>>;
  const toolkit = state.toolkits().find((slug) => authConfigId(slug) === asked['auth_config_id']);
  if (toolkit === undefined) return refusal(404, 'Auth config not found');
  if (!asked['user_id']) return refusal(400, 'user_id: String must contain at least 1 character(s)');
  const account = state.begin(asked['user_id'], toolkit, asked['callback_url'] ?? '');
  return {
    status: 201,
    body: {
      link_token: account.linkToken,
      redirect_url: `${url}/link/${account.linkToken}`,
      expires_at: new Date(Date.now() + 600_000).toISOString(),
      connected_account_id: account.id,
    },
  };
}

async function handleAccount(
  state: ComposioState,
  switches: ComposioSwitches,
  id: string,
  request: SimRequest,
): Promise<SimResponse> {
  const account = state.accounts.get(id);
  if (account === undefined) return refusal(404, 'Connected account not found');
  if (request.method === 'DELETE') {
    state.accounts.delete(id);
    const job = request.query['revoke_on_delete'] === 'true' ? { revoke_job_id: 'job_1' } : {};
    return { status: 200, body: { success: true, ...job } };
  }
  await state.refreshWhatIsDue(account);
  const body = connectedAccount(account, switches.masked);
  account.hidden = Math.max(0, account.hidden - 1);
  return { status: 200, body };
}

/** Handles requests of browsers and downloads, which carry no key. */
async function handleBrowser(
  state: ComposioState,
  switches: ComposioSwitches,
  url: string,
  files: StoredFiles,
  { path, query }: SimRequest,
): Promise<SimResponse | null> {
  const file = files.get(/^\/files\/([^/]+)$/.exec(path)?.[1] ?? '');
  if (file !== undefined) return { status: 200, headers: { 'content-type': file.type }, body: file.bytes };
  const linkToken = /^\/link\/([^/]+)$/.exec(path)?.[1];
  const callback = `${url}/api/v3.1/toolkits/auth/callback`;
  if (linkToken !== undefined) return toConsent(state, state.byLink(linkToken), callback);
  if (path !== '/api/v3.1/toolkits/auth/callback') return null;
  const account = state.byLink(query['state'] ?? '');
  if (account === undefined) return { status: 404, body: '<h1>This link is not known.</h1>' };
  if (query['code'] === undefined) state.set(account, 'FAILED', 'The user declined');
  else await state.obtain(account, { grant_type: 'authorization_code', code: query['code'], redirect_uri: callback });
  account.hidden = switches.pollsUntilActive;
  return backToApplication(account);
}

/** A link works for one account and ten minutes. */
function toConsent(state: ComposioState, account: Account | undefined, callback: string): SimResponse {
  const isLate = account !== undefined && account.createdAt.getTime() + 600_000 < state.now();
  const vendor = account === undefined ? undefined : state.vendor(account.toolkit);
  if (account === undefined || vendor === undefined || isLate || account.status !== 'INITIATED')
    return { status: 404, body: '<h1>This link has expired.</h1>' };
  const { scopes: { parameter, separator } = { parameter: 'scope', separator: ' ' }, extraParameters } = vendor.dialect;
  const consent = new URL(vendor.authUrl);
  consent.search = new URLSearchParams({
    client_id: vendor.clientId,
    redirect_uri: callback,
    response_type: 'code',
    state: account.linkToken,
    ...(vendor.scopes.length === 0 ? {} : { [parameter]: vendor.scopes.join(separator) }),
    ...extraParameters,
  }).toString();
  return { status: 302, headers: { location: consent.href } };
}

function backToApplication(account: Account): SimResponse {
  const back = new URL(account.callbackUrl);
  back.searchParams.set('status', account.status === 'ACTIVE' ? 'success' : 'failed');
  back.searchParams.set('connected_account_id', account.id);
  return { status: 302, headers: { location: back.href } };
}
