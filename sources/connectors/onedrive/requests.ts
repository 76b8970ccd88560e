/** The calls of Graph that are made, each once. All of them read. */

import type { SyncError } from '../../../domain/errors.ts';
import { callJson, type GraphCall } from './client.ts';
import { oddAnswer } from './errors.ts';
import type { Place } from './map.ts';
import type { Top } from './position.ts';
import { childrenPage, deltaPage, drive, driveItem, type DriveItem, itemFields, person } from './wire.ts';

/** Graph may give less; the links decide. */
export const pageSize = 1000;

export interface DeltaPage {
  readonly items: readonly DriveItem[];
  readonly nextLink: string | null;
  /** Where the next feed starts; exactly one of the two is there [reference 3.3]. */
  readonly deltaLink: string | null;
}

export async function getDrive(call: GraphCall, signal: AbortSignal): Promise<{ id: string; owner: string | null }> {
  const { id, owner } = await callJson(call, drive, 'account', signal, (graph) =>
    graph.api('/me/drive').query({ $select: 'id,driveType,owner' }),
  );
  return { id, owner: owner?.user?.email ?? owner?.user?.displayName ?? null };
}

export async function getPerson(call: GraphCall, signal: AbortSignal): Promise<string | null> {
  const { mail, userPrincipalName, displayName } = await callJson(call, person, 'account', signal, (graph) =>
    graph.api('/me').query({ $select: 'mail,userPrincipalName,displayName' }),
  );
  return mail ?? userPrincipalName ?? displayName ?? null;
}

/** The position of this moment: no items, only a link. @throws SyncError `unsupported` where a folder has no feed */
export async function takePosition(call: GraphCall, top: Top, signal: AbortSignal): Promise<string> {
  const page = await callJson(call, deltaPage, 'start', signal, (graph) =>
    graph.api(deltaPath(top)).query({ token: 'latest', $select: itemFields, $top: pageSize }),
  );
  const link = page['@odata.deltaLink'];
  if (link === undefined) throw oddAnswer(200);
  return link;
}

/** @param link a next or delta link, followed verbatim; null enumerates everything */
export async function getDelta(
  call: GraphCall,
  top: Top,
  link: string | null,
  signal: AbortSignal,
): Promise<DeltaPage> {
  const page = await callJson(call, deltaPage, link === null ? 'start' : 'position', signal, (graph) =>
    link === null ? graph.api(deltaPath(top)).query({ $select: itemFields, $top: pageSize }) : graph.api(link),
  );
  const nextLink = page['@odata.nextLink'] ?? null;
  const deltaLink = page['@odata.deltaLink'] ?? null;
  // Neither: cut short. Both: no telling whether this is the end.
  if ((nextLink === null) === (deltaLink === null)) throw oddAnswer(200);
  return { items: page.value, nextLink, deltaLink };
}

/** @throws SyncError `not_found`, `forbidden` where the folder is no longer there or no longer ours to read */
export async function getChildren(
  call: GraphCall,
  folder: Place,
  link: string | null,
  signal: AbortSignal,
): Promise<{ readonly items: readonly DriveItem[]; readonly nextLink: string | null }> {
  const page = await callJson(call, childrenPage, link === null ? 'item' : 'position', signal, (graph) =>
    link === null
      ? graph.api(`${pathOf(folder)}/children`).query({ $select: itemFields, $top: pageSize })
      : graph.api(link),
  );
  return { items: page.value, nextLink: page['@odata.nextLink'] ?? null };
}

/** One item's facts. @throws SyncError `not_found`, `forbidden` and whatever the call itself runs into */
export async function getItem(call: GraphCall, place: Place, signal: AbortSignal): Promise<DriveItem> {
  return await callJson(call, driveItem, 'item', signal, (graph) =>
    graph.api(pathOf(place)).query({ $select: itemFields }),
  );
}

/** Answers a redirect to a pre-authenticated address, as a rule. */
export async function askForContent(
  call: GraphCall,
  place: Place,
  format: 'pdf' | null,
  signal: AbortSignal,
): Promise<Response> {
  return await call('item', signal, (graph) =>
    graph.api(`${pathOf(place)}/content`).query(format === null ? {} : { format }),
  );
}

/** Is this item, or the access to it, lost, rather than Graph in trouble? */
export function isLost(error: SyncError): boolean {
  return error.kind === 'not_found' || error.kind === 'forbidden';
}

function deltaPath({ driveId, itemId }: Top): string {
  return itemId === null ? `/drives/${encodeURIComponent(driveId)}/root/delta` : `${pathOf({ driveId, itemId })}/delta`;
}

function pathOf({ driveId, itemId }: Place): string {
  return `/drives/${encodeURIComponent(driveId)}/items/${encodeURIComponent(itemId)}`;
}
