/**
 * Items in Graph's form, with exactly the fields of their kind of drive (docs/vendors/onedrive.md#delta,
 * docs/vendors/onedrive.md#items-and-hashes).
 */

import { createHash } from 'node:crypto';
import type { SimDrive, SimItem } from './drive-state.ts';
import { contentOf, type MicrosoftState } from './state.ts';

type Wire = Record<string, unknown>;

const properties = new Set(
  'id name size eTag cTag file folder package bundle deleted remoteItem root malware specialFolder parentReference fileSystemInfo lastModifiedDateTime createdDateTime webUrl'.split(
    ' ',
  ),
);
const downloadUrl = 'content.downloadUrl';

/** @param inFeed feeds of business drives omit the cTag */
export function toWire(drive: SimDrive, item: SimItem, inFeed: boolean): Wire {
  const modified = new Date(item.modifiedMs).toISOString();
  const created = new Date(item.createdMs).toISOString();
  const isRoot = item.id === drive.rootId;
  return {
    id: item.id,
    name: item.name,
    ...(item.id === drive.vaultId ? { specialFolder: { name: 'vault' } } : {}),
    ...(isRoot ? { root: {} } : { eTag: `"{${item.id}},${item.version}"` }),
    ...(item.kind === 'file' && !(inFeed && drive.type === 'business')
      ? { cTag: `"c:{${item.id}},${item.contentVersion}"` }
      : {}),
    size: item.kind === 'file' ? contentOf(item).length : 0,
    createdDateTime: created,
    lastModifiedDateTime: modified,
    fileSystemInfo: { createdDateTime: created, lastModifiedDateTime: modified },
    webUrl: `https://contoso-my.sharepoint.com/personal/${encodeURIComponent(drive.owner)}/Documents/${encodeURI(drive.pathOf(item.id))}`,
    parentReference: {
      driveType: drive.type,
      driveId: drive.id,
      ...(item.parent === null ? {} : { id: item.parent }),
    },
    ...facets(drive, item),
  };
}

export function tombstone(drive: SimDrive, itemId: string, parent: string | undefined): Wire {
  const parentReference = { driveType: drive.type, driveId: drive.id, ...(parent === undefined ? {} : { id: parent }) };
  return drive.type === 'business'
    ? { id: itemId, deleted: { state: 'deleted' }, lastModifiedDateTime: '0001-01-01T00:00:00-08:00', parentReference }
    : { id: itemId, name: 'deleted item', eTag: `"${itemId}"`, deleted: {}, parentReference };
}

/** Keeps only the requested properties. @returns the name of an unknown property, as text */
export function select(item: Wire, asked: string | undefined, address: () => string): Wire | string {
  const withAddress = item['file'] === undefined ? {} : { '@microsoft.graph.downloadUrl': address() };
  if (asked === undefined) return { ...item, ...withAddress };
  const names = asked.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !properties.has(name) && name !== downloadUrl);
  if (unknown !== undefined) return unknown;
  return {
    ...Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name))),
    ...(names.includes(downloadUrl) ? withAddress : {}),
  };
}

/** Describes a shortcut's target; empty if the target was deleted. */
export function remoteOf(state: MicrosoftState, drive: SimDrive, itemId: string): Record<string, unknown> {
  const target = drive.items.get(itemId)?.target;
  if (target === undefined) return {};
  const there = state.drives.get(target.driveId);
  const found = there?.items.get(target.itemId);
  const facet = found?.kind === 'file' ? { file: { mimeType: found.mimeType } } : { folder: { childCount: 1 } };
  // References to personal drives are in capitals and without a leading zero (OneDrive/onedrive-api-docs#1890, #1902).
  const driveId = there?.type === 'personal' ? target.driveId.toUpperCase().replace(/^0/, '') : target.driveId;
  const parentReference = { driveType: there?.type ?? 'business', driveId };
  return { remoteItem: { id: target.itemId, name: found?.name ?? 'deleted', parentReference, ...facet } };
}

function facets(drive: SimDrive, item: SimItem): Wire {
  switch (item.kind) {
    case 'folder':
      return { folder: { childCount: drive.children.get(item.id)?.size ?? 0 } };
    case 'package':
      return { package: { type: 'oneNote' } };
    case 'shortcut':
      return {};
    case 'file':
      return {
        file: { mimeType: item.mimeType, ...(item.hashed && !item.malware ? { hashes: hashesOf(drive, item) } : {}) },
        ...(item.malware ? { malware: { description: 'EICAR-Test-File' } } : {}),
      };
  }
}

/** Business drives have only quickXorHash; the documentation gives personal ones the SHAs in upper case. */
function hashesOf(drive: SimDrive, item: SimItem): Record<string, string> {
  const known = hashes.get(item.body);
  if (known !== undefined) return known;
  const bytes = contentOf(item);
  const sha = (name: string): string => createHash(name).update(bytes).digest('hex').toUpperCase();
  const made: Record<string, string> =
    drive.type === 'business'
      ? { quickXorHash: quickXor(bytes) }
      : { sha1Hash: sha('sha1'), sha256Hash: sha('sha256') };
  hashes.set(item.body, made);
  return made;
}

/** Cached by body, because an update replaces the body. */
const hashes = new WeakMap<SimItem['body'], Record<string, string>>();

/** Computed bit by bit as in the definition, which is slow but independent of the connector's implementation. */
export function quickXor(bytes: Buffer): string {
  let ring = 0n;
  const mask = (1n << 160n) - 1n;
  for (const [i, byte] of bytes.entries()) {
    const place = BigInt((i * 11) % 160);
    const shifted = BigInt(byte) << place;
    ring ^= (shifted & mask) | (shifted >> 160n);
  }
  ring ^= BigInt(bytes.length) << 96n;
  const out = Buffer.from(ring.toString(16).padStart(40, '0'), 'hex').toReversed();
  return Buffer.from(out).toString('base64');
}
