/** Delta: the listing and the feed in one (docs/vendors/onedrive.md#delta). */

import { randomUUID } from 'node:crypto';
import type { SimResponse } from '../kit/server.ts';
import type { SimDrive } from './drive-state.ts';
import { apiError, invalidRequest } from './errors.ts';
import { remoteOf, select, tombstone, toWire } from './wire.ts';
import type { MicrosoftState } from './state.ts';

/** Switches that make feeds misbehave as Graph's may. */
export interface DeltaSwitches {
  /** Maximum number of entries per page, however many are requested. */
  maxPage: number;
  /** Every item occurs twice, first in an outdated state, also across pages. */
  repeats: boolean;
  /** Every page is followed by an empty one that has a next link. */
  emptyPages: boolean;
  childrenFirst: boolean;
  /** The enumeration ends after the first page as if it were complete, without the root item. */
  headless: boolean;
  /** The first page repeats endlessly, each time with another next link. */
  circles: boolean;
  /** How a lost position is reported. */
  resync: { code: string; inner: string; status: number; location: boolean };
}

interface Token {
  readonly kind: 'list' | 'changes';
  readonly drive: string;
  readonly folder: string;
  /** The start of the feed after an enumeration: the moment the enumeration began. */
  readonly since: number;
  /** Number of items of an enumeration already returned. */
  readonly at: number;
  readonly empty: boolean;
}

export interface DeltaRequest {
  readonly state: MicrosoftState;
  readonly drive: SimDrive;
  readonly folder: string;
  /** `/v1.0/me/drive/root/delta` and so on: links keep the spelling of the request. */
  readonly path: string;
  readonly token: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

type Wire = Record<string, unknown>;

export function handleDelta(request: DeltaRequest, switches: DeltaSwitches): SimResponse {
  const { drive, folder, query } = request;
  const size = Number(query['$top'] ?? 200);
  if (!Number.isInteger(size) || size < 1) return invalidRequest('Invalid page size specified.');
  const room = Math.min(size, 1000, switches.maxPage);
  const fresh: Token = { kind: 'list', drive: drive.id, folder, since: drive.seq, at: 0, empty: false };
  if (request.token === 'latest') return answer(request, [], { ...fresh, kind: 'changes' }, true);
  const token = request.token === undefined ? fresh : readToken(request.token);
  if (token === null || token.drive !== drive.id || token.folder !== folder)
    return invalidRequest('The provided token is not valid for this resource.');
  if (token.since < drive.floor) return resync(request, fresh, switches);
  if (switches.emptyPages && !token.empty) return answer(request, [], { ...token, empty: true }, false);
  return token.kind === 'list' ? list(request, token, room, switches) : changes(request, token, room, switches);
}

function list(request: DeltaRequest, token: Token, room: number, switches: DeltaSwitches): SimResponse {
  const { drive, folder } = request;
  const isIn = (id: string): boolean =>
    drive.items.has(id) && !drive.isLocked(id) && (folder === drive.rootId || drive.chain(id).includes(folder));
  const page: string[] = [];
  let at = token.at;
  for (; at < drive.order.length && page.length < room; at++) {
    const id = drive.order[at] ?? '';
    if (isIn(id)) page.push(id);
  }
  const items = page.map((id) => show(request, id));
  if (switches.headless) return answer(request, items.slice(1), { ...token, kind: 'changes', at: 0 }, true);
  const rest = drive.order.slice(at).find(isIn);
  const following = rest === undefined ? [] : [show(request, rest)];
  if (switches.circles) return answer(request, items, { ...token, at: 0 }, false);
  const done = rest === undefined;
  const next: Token = done ? { ...token, kind: 'changes', at: 0, empty: false } : { ...token, at, empty: false };
  return answer(request, manners(items, following, switches), next, done);
}

/** Returns each item once, with its latest state, together with the parents of changed items and the root. */
function changes(request: DeltaRequest, token: Token, room: number, switches: DeltaSwitches): SimResponse {
  const { drive, folder } = request;
  const found = drive.log.filter(
    (change) => change.seq > token.since && drive.latest.get(change.itemId) === change.seq,
  );
  const within = found.filter(
    ({ itemId, wasIn }) => folder === drive.rootId || [...drive.chain(itemId), ...wasIn].includes(folder),
  );
  const page = within.slice(0, room);
  const parents = new Set<string>();
  const items = page.map(({ itemId, wasIn }): Wire => {
    const item = drive.items.get(itemId);
    const chain = drive.chain(itemId);
    if (item === undefined || !(folder === drive.rootId || chain.includes(folder)))
      return tombstone(drive, itemId, wasIn[1]);
    const end = chain.indexOf(folder);
    for (const id of chain.slice(1, end + 1)) parents.add(id);
    return show(request, itemId);
  });
  const above = [...parents].toReversed().map((id) => show(request, id));
  if (switches.circles) return answer(request, [...above, ...items], token, false);
  const done = page.length === within.length;
  const since = done ? drive.seq : (page.at(-1)?.seq ?? token.since);
  return answer(request, manners([...above, ...items], [], switches), { ...token, since, empty: false }, done);
}

function show({ state, drive }: DeltaRequest, itemId: string): Wire {
  return { ...toWire(drive, drive.item(itemId), true), ...remoteOf(state, drive, itemId) };
}

function manners(items: readonly Wire[], following: readonly Wire[], switches: DeltaSwitches): Wire[] {
  const ordered = switches.childrenFirst ? items.toReversed() : items;
  if (!switches.repeats) return [...ordered];
  return [...[...ordered, ...following].map(outdated), ...ordered];
}

/** Makes an earlier state of the item; one that is deleted was a file. */
function outdated(item: Wire): Wire {
  const { deleted, ...rest } = item;
  const isFile = item['file'] !== undefined || deleted !== undefined;
  const file = isFile ? { file: { mimeType: 'text/plain', hashes: { crc32Hash: '00000000' } } } : {};
  return { ...rest, name: `outdated ${String(item['name'] ?? item['id'])}`, ...file };
}

function answer(request: DeltaRequest, items: readonly Wire[], token: Token, done: boolean): SimResponse {
  const value: Wire[] = [];
  for (const item of items) {
    const selected = select(item, request.query['$select'], () => '');
    if (typeof selected === 'string')
      return invalidRequest(`Could not find a property named '${selected}' on type 'microsoft.graph.driveItem'.`);
    value.push(selected);
  }
  return {
    status: 200,
    body: {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#Collection(driveItem)',
      [done ? '@odata.deltaLink' : '@odata.nextLink']: linkTo(request, token),
      value,
    },
  };
}

/** Graph uses both spellings. */
function linkTo({ path, query }: DeltaRequest, token: Token): string {
  const text = Buffer.from(JSON.stringify({ ...token, salt: randomUUID().slice(0, 4) })).toString('base64url');
  const rest = Object.entries(query)
    .filter(([name]) => name !== 'token')
    .map(([name, value]) => `${name}=${value}`);
  return token.at % 2 === 0
    ? `https://graph.microsoft.com${path}(token='${text}')${rest.length > 0 ? `?${rest.join('&')}` : ''}`
    : `https://graph.microsoft.com${path}?${[`token=${text}`, ...rest].join('&')}`;
}

function readToken(text: string): Token | null {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof token === 'object' && token !== null && 'since' in token ? (token as Token) : null;
  } catch {
    return null;
  }
}

function resync(request: DeltaRequest, fresh: Token, { resync: how }: DeltaSwitches): SimResponse {
  return apiError(
    how.status,
    how.code,
    "Resync required. Replace any local items with the server's version (including deletes).",
    how.inner === '' ? {} : { code: how.inner },
    how.location ? { location: linkTo(request, fresh) } : {},
  );
}
