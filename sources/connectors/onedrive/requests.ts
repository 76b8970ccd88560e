/** The calls of Graph that are made, each once. All of them read. */

import type { SyncError } from '../../../domain/errors.ts';
import { callJson, type GraphCall } from './client.ts';
import { type CallSubject, oddAnswer } from './errors.ts';
import { type Place, toDriveId } from './map.ts';
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
  person,
  shortcutFields,
  shortcutsPage,
  type UnreadItem,
} from './wire.ts';

/** Graph may give less; the links decide. */
export const pageSize = 1000;

const account = (call: string): CallSubject => ({ about: 'account', scope: 'account', call });
const item: CallSubject = { about: 'item', scope: 'item', call: 'item' };
const content: CallSubject = { about: 'item', scope: 'item', call: 'content' };

export interface ItemsPage {
  readonly items: readonly DriveItem[];
  /** What could not be read of it. */
  readonly unread: readonly UnreadItem[];
  readonly nextLink: string | null;
}

export interface DeltaPage extends ItemsPage {
  /** Where the next feed starts; exactly one of the two is there (docs/vendors/onedrive.md#delta). */
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

/** The position of this moment: no items, only a link. @throws SyncError `unsupported` where a folder has no feed */
export async function takePosition(call: GraphCall, top: Top, signal: AbortSignal): Promise<string> {
  const subject = deltaSubject(top, 'start');
  const page = await callJson(call, deltaPage, subject, signal, (graph) =>
    graph.api(deltaPath(top)).query({ token: 'latest', $select: itemFields, $top: pageSize }),
  );
  const link = page['@odata.deltaLink'];
  if (link === null) throw oddAnswer(subject.call, 'no link of the position asked for');
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

/** Where the shortcuts of a whole drive lead, a page at a time; `unread` are those that may be shortcuts too. */
export async function getShortcutTargets(
  call: GraphCall,
  driveId: string,
  link: string | null,
  signal: AbortSignal,
): Promise<{ readonly targets: readonly Place[]; readonly unread: number; readonly nextLink: string | null }> {
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

/** @throws SyncError `not_found`, `forbidden` where the folder is no longer there or no longer ours to read */
export async function getChildren(
  call: GraphCall,
  folder: Place,
  link: string | null,
  signal: AbortSignal,
): Promise<ItemsPage> {
  const about = link === null ? 'item' : 'position';
  const page = await callJson(call, childrenPage, { about, scope: 'container', call: 'children' }, signal, (graph) =>
    link === null
      ? graph.api(`${pathOf(folder)}/children`).query({ $select: itemFields, $top: pageSize })
      : graph.api(link),
  );
  const { read, unread } = page.value;
  return { items: read, unread, nextLink: page['@odata.nextLink'] };
}

/** One item's facts. @throws SyncError `not_found`, `forbidden` and whatever the call itself runs into */
export async function getItem(call: GraphCall, place: Place, signal: AbortSignal): Promise<DriveItem> {
  return await callJson(call, driveItem, item, signal, (graph) =>
    graph.api(pathOf(place)).query({ $select: itemFields }),
  );
}

/** A folder above an item. @throws as `getItem` */
export async function getAncestor(call: GraphCall, place: Place, signal: AbortSignal): Promise<Ancestor> {
  return await callJson(call, ancestor, item, signal, (graph) =>
    graph.api(pathOf(place)).query({ $select: 'id,parentReference,root' }),
  );
}

/** Answers a redirect to a pre-authenticated address, as a rule. */
export async function askForContent(
  call: GraphCall,
  place: Place,
  format: 'pdf' | null,
  signal: AbortSignal,
): Promise<Response> {
  return await call(content, signal, (graph) =>
    graph.api(`${pathOf(place)}/content`).query(format === null ? {} : { format }),
  );
}

/**
 * Is this item, or the access to it, lost, rather than Graph in trouble? Only what Graph says in so many words: an item that
 * is locked, or refused in any other way, is still there.
 */
export function isLost(error: SyncError): boolean {
  return error.kind === 'not_found' || (error.kind === 'forbidden' && error.code === 'access_denied');
}

/** What is refused of somebody else's folder is that folder's trouble, of the own drive the account's. */
function deltaSubject({ itemId }: Top, about: 'start' | 'position'): CallSubject {
  return { about, scope: itemId === null ? 'account' : 'container', call: 'delta' };
}

function deltaPath({ driveId, itemId }: Top): string {
  return itemId === null ? `/drives/${encodeURIComponent(driveId)}/root/delta` : `${pathOf({ driveId, itemId })}/delta`;
}

function pathOf({ driveId, itemId }: Place): string {
  return `/drives/${encodeURIComponent(driveId)}/items/${encodeURIComponent(itemId)}`;
}
