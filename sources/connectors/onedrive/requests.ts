/** Makes the Graph calls that the connector needs. All of them only read. */

import type { SyncError } from '../../../domain/errors.ts';
import { idNotRequestable } from '../answers.ts';
import { callJson, type GraphCall } from './client.ts';
import { type CallSubject, oddAnswer } from './errors.ts';
import { type OneDrivePlace, toDriveId } from './map.ts';
import type { Top } from './position.ts';
import {
  type Ancestor,
  ancestor,
  childrenPage,
  deltaPage,
  drive,
  driveItem,
  type DriveItem,
  itemFields,
  librariesPage,
  library,
  person,
  shortcutFields,
  shortcutsPage,
  sitesPage,
  type UnreadItem,
} from './wire.ts';

/** Graph may return fewer; the links decide. */
export const pageSize = 1000;

const account = (call: string): CallSubject => ({ about: 'account', scope: 'account', call });
const item: CallSubject = { about: 'item', scope: 'item', call: 'item' };
const content: CallSubject = { about: 'item', scope: 'item', call: 'content' };

export interface ItemsPage {
  readonly items: readonly DriveItem[];
  /** Items that could not be read. */
  readonly unread: readonly UnreadItem[];
  readonly nextLink: string | null;
}

export interface DeltaPage extends ItemsPage {
  /** The start of the next feed; exactly one of the two links is present (docs/vendors/onedrive.md#delta). */
  readonly deltaLink: string | null;
}

export async function getDrive(call: GraphCall, signal: AbortSignal): Promise<{ id: string; owner: string | null }> {
  const { id, owner } = await callJson(call, drive, account('drive'), signal, (graph) =>
    graph.api('/me/drive').query({ $select: 'id,driveType,owner' }),
  );
  return { id, owner: owner?.user?.email ?? owner?.user?.displayName ?? null };
}

export async function getPerson(call: GraphCall, signal: AbortSignal): Promise<string | null> {
  const { mail, userPrincipalName, displayName } = await callJson(call, person, account('me'), signal, (graph) =>
    graph.api('/me').query({ $select: 'mail,userPrincipalName,displayName' }),
  );
  return mail ?? userPrincipalName ?? displayName ?? null;
}

/** Returns the current position: no items, only a link. @throws SyncError `unsupported` if a folder has no feed */
export async function takePosition(call: GraphCall, top: Top, signal: AbortSignal): Promise<string> {
  const subject = deltaSubject(top, 'start');
  const page = await callJson(call, deltaPage, subject, signal, (graph) =>
    graph.api(deltaPath(top)).query({ token: 'latest', $select: itemFields, $top: pageSize }),
  );
  const link = page['@odata.deltaLink'];
  if (link === null) throw oddAnswer(subject.call, 'no link to the requested position');
  return link;
}

/** @param link a next or delta link, followed verbatim; null enumerates everything */
export async function getDelta(
  call: GraphCall,
  top: Top,
  link: string | null,
  signal: AbortSignal,
): Promise<DeltaPage> {
  const subject = deltaSubject(top, link === null ? 'start' : 'position');
  const page = await callJson(call, deltaPage, subject, signal, (graph) =>
    link === null ? graph.api(deltaPath(top)).query({ $select: itemFields, $top: pageSize }) : graph.api(link),
  );
  const { read, unread } = page.value;
  return { items: read, unread, nextLink: page['@odata.nextLink'], deltaLink: page['@odata.deltaLink'] };
}

/**
 * Returns the targets of a whole drive's shortcuts, a page at a time; `unread` are items that may also be shortcuts.
 */
export async function getShortcutTargets(
  call: GraphCall,
  driveId: string,
  link: string | null,
  signal: AbortSignal,
): Promise<{ readonly targets: readonly OneDrivePlace[]; readonly unread: number; readonly nextLink: string | null }> {
  const top = { driveId, itemId: null };
  const page = await callJson(call, shortcutsPage, deltaSubject(top, 'start'), signal, (graph) =>
    link === null ? graph.api(deltaPath(top)).query({ $select: shortcutFields, $top: pageSize }) : graph.api(link),
  );
  const { read, unread } = page.value;
  const targets = read.flatMap(({ remoteItem }) =>
    remoteItem ? [{ driveId: toDriveId(remoteItem.parentReference.driveId), itemId: remoteItem.id }] : [],
  );
  return { targets, unread, nextLink: page['@odata.nextLink'] };
}

/** @param folder null: the top of the account's own drive. @throws SyncError `not_found`, `forbidden` if it no longer exists or is no longer accessible */
export async function getChildren(
  call: GraphCall,
  folder: OneDrivePlace | null,
  link: string | null,
  signal: AbortSignal,
): Promise<ItemsPage> {
  const path = folder === null ? '/me/drive/root' : pathOf(folder);
  const about = link === null ? 'item' : 'position';
  const page = await callJson(call, childrenPage, { about, scope: 'container', call: 'children' }, signal, (graph) =>
    link === null ? graph.api(`${path}/children`).query({ $select: itemFields, $top: pageSize }) : graph.api(link),
  );
  const { read, unread } = page.value;
  return { items: read, unread, nextLink: page['@odata.nextLink'] };
}

/** Returns one item's facts. @throws SyncError `not_found`, `forbidden` and any other error of the call */
export async function getItem(call: GraphCall, place: OneDrivePlace, signal: AbortSignal): Promise<DriveItem> {
  return await callJson(call, driveItem, item, signal, (graph) =>
    graph.api(pathOf(place)).query({ $select: itemFields }),
  );
}

/** Returns a folder above an item. @throws the same errors as `getItem` */
export async function getAncestor(call: GraphCall, place: OneDrivePlace, signal: AbortSignal): Promise<Ancestor> {
  return await callJson(call, ancestor, item, signal, (graph) =>
    graph.api(pathOf(place)).query({ $select: 'id,parentReference,root' }),
  );
}

/**
 * The sites that the account can see, as many as wanted. @throws SyncError `insufficient_scope` without Sites.Read.All
 */
export async function getSites(call: GraphCall, limit: number, signal: AbortSignal) {
  const { value } = await callJson(call, sitesPage, account('sites'), signal, (graph) =>
    graph.api('/sites').query({ search: '*', $select: 'id,displayName,name', $top: limit }),
  );
  return value.read;
}

export async function getLibraries(call: GraphCall, siteId: string, signal: AbortSignal) {
  const { value } = await callJson(call, librariesPage, { ...item, call: 'libraries' }, signal, (graph) =>
    graph.api(`/sites/${encodeURIComponent(siteId)}/drives`).query({ $select: 'id,name,webUrl,driveType' }),
  );
  return value.read;
}

export async function getLibrary(call: GraphCall, driveId: string, signal: AbortSignal) {
  return await callJson(call, library, { ...item, scope: 'container', call: 'library' }, signal, (graph) =>
    graph.api(`/drives/${segmentOf(driveId)}`).query({ $select: 'id,name,webUrl,driveType' }),
  );
}

/** The id of the item at the top of a drive. */
export async function getRootId(call: GraphCall, driveId: string, signal: AbortSignal): Promise<string> {
  const root = await callJson(call, driveItem, item, signal, (graph) =>
    graph.api(`/drives/${segmentOf(driveId)}/root`).query({ $select: itemFields }),
  );
  return root.id;
}

/** Usually returns a redirect to a pre-authenticated address. */
export async function askForContent(
  call: GraphCall,
  place: OneDrivePlace,
  format: 'pdf' | 'html' | null,
  signal: AbortSignal,
): Promise<Response> {
  return await call(content, signal, (graph) =>
    graph.api(`${pathOf(place)}/content`).query(format === null ? {} : { format }),
  );
}

/**
 * Checks whether this item, or the access to it, is lost. Only Graph's explicit answer counts: an item that is locked,
 * or refused in any other way, still exists.
 */
export function isLost(error: SyncError): boolean {
  return error.kind === 'not_found' || (error.kind === 'forbidden' && error.code === 'access_denied');
}

/** A refusal in somebody else's folder concerns that folder; in the own drive it concerns the account. */
function deltaSubject({ itemId }: Top, about: 'start' | 'position'): CallSubject {
  return { about, scope: itemId === null ? 'account' : 'container', call: 'delta' };
}

function deltaPath({ driveId, itemId }: Top): string {
  return itemId === null ? `/drives/${segmentOf(driveId)}/root/delta` : `${pathOf({ driveId, itemId })}/delta`;
}

function pathOf({ driveId, itemId }: OneDrivePlace): string {
  return `/drives/${segmentOf(driveId)}/items/${segmentOf(itemId)}`;
}

/** @throws SyncError for an id with half a character in it, which an answer may contain but no address can */
function segmentOf(id: string): string {
  if (id.isWellFormed()) return encodeURIComponent(id);
  throw idNotRequestable('OneDrive', 'item');
}
