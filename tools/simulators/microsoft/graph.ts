/**
 * Graph v1.0's calls that read a drive (docs/vendors/onedrive.md). Any other call succeeds as at Microsoft, and is
 * marked as mutating.
 */

import type { SimRequest, SimResponse } from '../kit/server.ts';
import { type DeltaSwitches, handleDelta } from './delta.ts';
import type { Downloads } from './downloads.ts';
import type { SimDrive } from './drive-state.ts';
import { accessDenied, apiError, invalidRequest, itemNotFound } from './errors.ts';
import type { Grant } from './oauth.ts';
import type { Throttle } from './throttle.ts';
import { remoteOf, select, toWire } from './wire.ts';
import type { MicrosoftState } from './state.ts';

const own = ['Files.Read', 'Files.ReadWrite', 'Files.Read.All', 'Files.ReadWrite.All'];
const others = ['Files.Read.All', 'Files.ReadWrite.All', 'Sites.Read.All'];
/** File types that each `format` accepts (docs/vendors/onedrive.md#downloads). */
const convertible: Readonly<Record<string, RegExp>> = {
  pdf: /\.(csv|docx?|odp|ods|odt|pot[mx]?|pps|ppsxm?|ppt|ppt[mx]|rtf|xlsx?)$/i,
  html: /\.(loop|fluid|wbtx)$/i,
};

export interface Graph {
  readonly state: MicrosoftState;
  readonly switches: DeltaSwitches;
  readonly throttle: Throttle;
  readonly downloads: Downloads;
}

interface SimulatedCall extends Graph {
  readonly grant: Grant;
  readonly request: SimRequest;
}

/** Answers one call of a signed-in account. */
export function handleGraph(graph: Graph, grant: Grant, request: SimRequest): SimResponse {
  if (request.method !== 'GET') return { status: 201, body: { id: 'created' }, mutating: true };
  const refusal = graph.throttle.spend(unitsOf(request), request.headers['user-agent']);
  const answer = refusal ?? route({ ...graph, grant, request });
  return { ...answer, headers: { ...answer.headers, ...graph.throttle.headers() } };
}

/** One unit for an item, a feed with its token, or a download; two for a listing; five for permissions. */
function unitsOf({ path, query }: SimRequest): number {
  if (path.endsWith('/permissions')) return 5;
  if (path.endsWith('/children')) return 2;
  return path.endsWith('/delta') && query['token'] === undefined ? 2 : 1;
}

function route(asked: SimulatedCall): SimResponse {
  const path = asked.request.path.replace(/^\/v1\.0/, '');
  if (path === '/me') return profile(asked);
  if (path === '/sites' || path.startsWith('/sites/')) return sites(asked, path);
  const [, ownDrive, driveId, rest = ''] = /^\/(?:(me\/drive)|drives\/([^/]+))(\/.*)?$/.exec(path) ?? [];
  if (ownDrive === undefined && driveId === undefined) return invalidRequest('Resource not found for the segment.');
  const account = asked.state.accounts.get(asked.grant.email);
  // Graph accepts ids of personal drives in either case.
  const drive =
    driveId === undefined
      ? account?.drive
      : (asked.state.drives.get(decodeURIComponent(driveId)) ??
        asked.state.drives.get(decodeURIComponent(driveId).toLowerCase()));
  if (drive === undefined) return apiError(404, 'ResourceNotFound', "User's mysite not found.");
  const scopes = drive.owner === asked.grant.email ? own : others;
  if (!asked.grant.scopes.some((scope) => scopes.includes(scope))) return accessDenied();
  if (rest === '') return describeDrive(asked, drive);
  const [, , itemId = drive.rootId, action = ''] = /^\/(root|items\/([^/]+))(\/.+)?$/.exec(rest) ?? [];
  if (!/^\/(root|items\/)/.test(rest)) return invalidRequest('Resource not found for the segment.');
  return onItem(asked, drive, decodeURIComponent(itemId), action);
}

function onItem(asked: SimulatedCall, drive: SimDrive, itemId: string, action: string): SimResponse {
  const { state, grant, request } = asked;
  const item = drive.items.get(itemId);
  if (item === undefined) return itemNotFound();
  if (!state.canRead(grant.email, drive, itemId)) return accessDenied();
  // As reported by rclone's users (rclone/rclone#8736); the vault itself is visible.
  if (drive.isLocked(itemId) || (drive.vaultLocked && itemId === drive.vaultId && action !== ''))
    return invalidRequest('ObjectHandle is Invalid');
  if (action === '') return answerItem(asked, drive, itemId);
  if (action === '/children') return listChildren(asked, drive, itemId);
  if (action === '/content') return content(asked, drive, itemId);
  const [, token] = /^\/delta(?:\((?:token='([^']*)')?\))?$/.exec(decodeURIComponent(action)) ?? [null];
  if (!action.startsWith('/delta')) return invalidRequest('Resource not found for the segment.');
  if (drive.type === 'business' && itemId !== drive.rootId)
    return apiError(501, 'notSupported', 'view.delta can only be called on the root.');
  return handleDelta(
    {
      state,
      drive,
      folder: itemId,
      path: request.path.replace(/\(.*\)$/, ''),
      token: token ?? request.query['token'],
      query: request.query,
    },
    asked.switches,
  );
}

function profile({ grant }: SimulatedCall): SimResponse {
  if (!grant.scopes.includes('User.Read'))
    return apiError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
  const displayName = grant.email.split('@')[0];
  return { status: 200, body: { id: '48d31887', displayName, mail: grant.email, userPrincipalName: grant.email } };
}

/** Only sites with a library that the account may read are found. */
function sites({ state, grant, request }: SimulatedCall, path: string): SimResponse {
  if (state.accounts.get(grant.email)?.drive.type === 'personal')
    return apiError(400, 'BadRequest', 'This API is not supported for MSA accounts');
  const seen = [...state.sites.values()]
    .map((site) => ({
      ...site,
      libraries: site.libraries.filter(({ drive }) => state.canRead(grant.email, drive, drive.rootId)),
    }))
    .filter(({ libraries }) => libraries.length > 0);
  if (path === '/sites') {
    if (!grant.scopes.includes('Sites.Read.All')) return accessDenied();
    if (request.query['search'] === undefined) return invalidRequest('The search query is missing.');
    const value = seen.map(({ id, name }) => ({ id, name, displayName: name, webUrl: siteUrl(name) }));
    return { status: 200, body: { value } };
  }
  const id = decodeURIComponent(/^\/sites\/([^/]+)\/drives$/.exec(path)?.[1] ?? '');
  const site = seen.find((one) => one.id === id);
  if (site === undefined) return itemNotFound();
  const value = site.libraries.map(({ name, drive }) => describeLibrary(site.name, name, drive));
  return { status: 200, body: { value } };
}

function siteUrl(name: string): string {
  return `https://contoso.sharepoint.com/sites/${encodeURIComponent(name)}`;
}

function describeLibrary(site: string, name: string, { id }: SimDrive): object {
  return { id, name, driveType: 'documentLibrary', webUrl: `${siteUrl(site)}/${encodeURIComponent(name)}` };
}

function describeDrive({ state, grant }: SimulatedCall, drive: SimDrive): SimResponse {
  for (const site of state.sites.values()) {
    const library = site.libraries.find((one) => one.drive === drive);
    if (library === undefined) continue;
    if (!state.canRead(grant.email, drive, drive.rootId)) return accessDenied();
    return { status: 200, body: describeLibrary(site.name, library.name, drive) };
  }
  if (drive.owner !== grant.email && drive.readers.size === 0) return accessDenied();
  return {
    status: 200,
    body: {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#drives/$entity',
      id: drive.id,
      driveType: drive.type,
      name: 'OneDrive',
      owner: { user: { id: '48d31887', displayName: drive.owner.split('@')[0] } },
    },
  };
}

function answerItem(asked: SimulatedCall, drive: SimDrive, itemId: string): SimResponse {
  const body = toAnswer(asked, drive, itemId);
  if (typeof body === 'string') return invalidRequest(`Could not find a property named '${body}'.`);
  return { status: 200, body: { '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#driveItem', ...body } };
}

function listChildren(asked: SimulatedCall, drive: SimDrive, itemId: string): SimResponse {
  const { request, switches } = asked;
  const size = Number(request.query['$top'] ?? 200);
  if (!Number.isInteger(size) || size < 1) return invalidRequest('Invalid page size specified.');
  const at = Number(request.query['$skiptoken'] ?? 0);
  if (!Number.isInteger(at)) return invalidRequest('Invalid skip token.');
  const ids = [...(drive.children.get(itemId) ?? [])];
  const page = ids.slice(at, at + Math.min(size, 1000, switches.maxPage));
  const value = page.map((id) => toAnswer(asked, drive, id));
  const unknown = value.find((item) => typeof item === 'string');
  if (unknown !== undefined) return invalidRequest(`Could not find a property named '${unknown}'.`);
  const end = at + page.length;
  const query = new URLSearchParams({ ...request.query, $skiptoken: String(end) }).toString();
  return {
    status: 200,
    body: {
      ...(end < ids.length ? { '@odata.nextLink': `https://graph.microsoft.com${request.path}?${query}` } : {}),
      value,
    },
  };
}

/** Redirects to another host, with a key in the address. */
function content({ downloads, request }: SimulatedCall, drive: SimDrive, itemId: string): SimResponse {
  const item = drive.item(itemId);
  if (item.malware) return apiError(403, 'malwareDetected', 'Malware was detected in the requested item.');
  if (item.kind !== 'file') return invalidRequest('Cannot get content for a folder.');
  const { format } = request.query;
  if (format !== undefined && convertible[format]?.test(item.name) !== true)
    return apiError(406, 'notSupported', 'The item cannot be converted to the requested format.');
  const tag = request.headers['if-none-match'];
  if (tag !== undefined && tag === toWire(drive, item, false)['cTag']) return { status: 304 };
  return { status: 302, headers: { location: downloads.addressOf(drive, item, format) } };
}

function toAnswer(asked: SimulatedCall, drive: SimDrive, itemId: string): Record<string, unknown> | string {
  const item = drive.item(itemId);
  const wire = { ...toWire(drive, item, false), ...remoteOf(asked.state, drive, itemId) };
  return select(wire, asked.request.query['$select'], () => asked.downloads.addressOf(drive, item));
}
