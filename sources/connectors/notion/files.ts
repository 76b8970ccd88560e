/**
 * Files in pages: blocks that hold a PDF, a picture or any other file are items of their own, inside their page. Their
 * addresses are signed for about an hour and differ at each reading, so a block is read again before each download
 * (docs/vendors/notion.md#content).
 */

import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Content, Entry, ItemRef } from '../../../domain/source.ts';
import { readBody } from '../bounded-body.ts';
import { followCursors } from '../cursor-trail.ts';
import { fieldsOf, stringOf } from '../loose.ts';
import { tooLargeToRead } from '../too-large.ts';
import { pageSize } from './client.ts';
import { endlessList, unreadable } from './errors.ts';
import { isUnsupported, kindsOfNoContents, nextOf } from './lists.ts';
import { fingerprintOf } from './map.ts';
import { isInRoots, type NotionListing, placeOf, type Roots } from './places.ts';
import { block, blocksPage, type NotionBlock, plainText } from './wire.ts';

const fileTypes = ['file', 'pdf', 'image', 'video', 'audio'];
/** Tells the id of a file from the id of a page. */
const prefix = 'file/';
/** Lists of blocks that are read for the files of one edited page; a full listing reads all. */
const maxLists = 20;
const downloadTimeoutMs = 10 * 60_000;
const maxNameLength = 200;

export function isFileId(externalId: string): boolean {
  return externalId.startsWith(prefix);
}

/** The file in a block, as an item of its page; nothing for any other block. */
export function toFileEntries(found: NotionBlock, pageId: string | null): Entry[] {
  if (!fileTypes.includes(found.type)) return [];
  const { address, isExternal } = addressOf(found);
  return [
    {
      state: 'present',
      externalId: `${prefix}${found.id}`,
      itemType: 'file',
      name: nameOf(found, address),
      parentExternalId: pageId,
      mimeType: null,
      size: null,
      modifiedAt: found.last_edited_time ?? null,
      fingerprint: fingerprintOf(found.last_edited_time ?? ''),
      webUrl: pageId === null ? null : `https://www.notion.so/${hexOf(pageId)}#${hexOf(found.id)}`,
      ...(isExternal
        ? {
            skip: {
              code: 'foreign_file',
              message:
                'The file is stored outside of Notion, which only links to it. Headwater does not follow the link.',
            },
          }
        : {}),
    },
  ];
}

function hexOf(id: string): string {
  return id.replaceAll('-', '');
}

function addressOf({ value }: NotionBlock): { readonly address: string; readonly isExternal: boolean } {
  const isExternal = value['type'] === 'external' || (value['file'] === undefined && value['external'] !== undefined);
  return { address: stringOf(fieldsOf(value[isExternal ? 'external' : 'file'])['url']), isExternal };
}

/** Pictures have no name of their own; the last part of their address is what they were uploaded as. */
function nameOf({ value, type }: NotionBlock, address: string): string {
  const given = stringOf(value['name']) || lastPart(address) || plainText(value['caption']) || type;
  return given.slice(0, maxNameLength);
}

function lastPart(address: string): string {
  const part = URL.canParse(address) ? (new URL(address).pathname.split('/').at(-1) ?? '') : '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The files of one edited page, which a search does not show. Pages in it are listed by themselves. */
export async function listFilesOf(listing: NotionListing, pageId: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const open = [pageId];
  const unsupported = new Set<string>();
  const asked = new Set<string>();
  for (let lists = 0; lists < maxLists;) {
    const id = open.shift();
    if (id === undefined) break;
    if (asked.has(id)) continue;
    asked.add(id);
    const follow = followCursors(() => endlessList(subject));
    for (let cursor: string | null = null, more = true; more && lists < maxLists; lists++) {
      const list = await listBlocks(listing, id, cursor).catch((error: unknown) => {
        // The original of a synced block may be in a page that is not shared.
        const isAbsent = isSyncError(error) && kindsOfNoContents(unsupported.has(id)).includes(error.kind);
        if (id !== pageId && isAbsent) return null;
        throw error;
      });
      if (list === null) break;
      const blocks = list.results.read.filter((each) => !each.in_trash);
      entries.push(...blocks.flatMap((each) => toFileEntries(each, pageId)));
      open.push(...blocks.filter(mayHoldFiles).map((each) => each.id));
      for (const each of blocks.filter(isUnsupported)) unsupported.add(each.id);
      cursor = follow(nextOf(list, subject));
      more = cursor !== null;
    }
  }
  return entries;
}

const subject = { scope: 'item', call: 'blocks.children.list' } as const;

async function listBlocks({ call, signal }: NotionListing, id: string, cursor: string | null) {
  const from = cursor === null ? {} : { start_cursor: cursor };
  return await call(subject, blocksPage, signal, (notion) =>
    notion.blocks.children.list({ block_id: id, page_size: pageSize, ...from }),
  );
}

function mayHoldFiles({ type, has_children: hasChildren, value }: NotionBlock): boolean {
  if (!hasChildren || type === 'table' || type === 'child_page' || type === 'child_database') return false;
  return type !== 'synced_block' || (value['synced_from'] ?? null) === null;
}

async function readFileBlock({ call, signal }: NotionListing, externalId: string): Promise<NotionBlock> {
  const id = externalId.slice(prefix.length);
  const read = { scope: 'item', call: 'blocks.retrieve' } as const;
  return await call(read, block, signal, (notion) => notion.blocks.retrieve({ block_id: id }));
}

/** @throws SyncError if Notion gives no answer */
export async function lookUpFile(listing: NotionListing, externalId: string, roots: Roots): Promise<Entry> {
  const deleted = { state: 'deleted', externalId } as const;
  const found = await readFileBlock(listing, externalId);
  if (found.in_trash) return deleted;
  const isOurs = await isInRoots(listing, roots, found);
  const [entry] = isOurs ? toFileEntries(found, (await placeOf(listing, found.parent))?.id ?? null) : [];
  return entry ?? deleted;
}

/**
 * Downloads a file. Its block is written by whoever edits the page, so nothing is requested from any host but Notion's
 * own, and the file store, whose addresses are signed, is sent no token.
 * @param origin of the simulated Notion; null for Notion's file stores
 */
export async function fetchFile(
  listing: NotionListing,
  { externalId, name }: Pick<ItemRef, 'externalId' | 'name'>,
  { origin, maxBytes }: { readonly origin: string | null; readonly maxBytes: number },
): Promise<Content> {
  const found = await readFileBlock(listing, externalId);
  if (found.in_trash) throw new SyncError('not_found', { scope: 'item', message: 'The file was deleted in Notion.' });
  const { address, isExternal } = addressOf(found);
  if (isExternal || !isOfFileStore(address, origin)) throw isForeign();
  const signal = AbortSignal.any([listing.signal, AbortSignal.timeout(downloadTimeoutMs)]);
  const response = await fetch(address, { redirect: 'manual', signal }).catch(() => {
    listing.signal.throwIfAborted();
    throw notReturned('no answer');
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw notReturned(String(response.status));
  }
  const mimeType = response.headers.get('content-type') ?? 'application/octet-stream';
  if (/^text\/html\b/i.test(mimeType) && noWebPage.test(name)) {
    await response.body?.cancel();
    throw unreadable({ scope: 'item', call: 'file' }, 'a web page');
  }
  const bytes = await readBody(response, maxBytes, signal, {
    tooLong: () => tooLargeToRead('file', maxBytes),
    cutShort: () => notReturned('a truncated body'),
  });
  return { bytes, mimeType };
}

/** Names of files that are surely no web pages. If one arrives instead, it is that of a proxy or a firewall. */
const noWebPage =
  /\.(pdf|docx?|xlsx?|pptx?|odt|ods|odp|rtf|epub|csv|tsv|txt|md|json|eml|msg|zip|png|jpe?g|gif|webp|tiff?|mp[34])$/i;

/** The hosts on which Notion keeps files: https://developers.notion.com/reference/file-object and older workspaces. */
const fileStores = [
  /^https:\/\/prod-files-secure\.s3(\.[a-z0-9-]+)?\.amazonaws\.com\//,
  /^https:\/\/s3[.-][a-z0-9-]+\.amazonaws\.com\/(secure\.notion-static\.com|public\.notion-static\.com|prod-files-secure)\//,
  /^https:\/\/(file|files)\.notion\.so\//,
];

/** The address is compared as a browser would read it, so that `https://store@elsewhere/` is elsewhere. */
export function isOfFileStore(address: string, origin: string | null): boolean {
  if (!URL.canParse(address)) return false;
  const { href, origin: own, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  return origin === null ? fileStores.some((store) => store.test(href)) : own === origin;
}

function isForeign(): SyncError {
  return new SyncError('unsupported', {
    code: 'foreign_file',
    scope: 'item',
    message: 'The file is stored outside of Notion, which only links to it. Headwater does not follow the link.',
  });
}

/** An address that has just been read is valid for an hour, so a refusal is the store's and passes. */
function notReturned(detail: string): SyncError {
  return new SyncError('unavailable', {
    scope: 'item',
    message: 'Notion’s file store did not return the file. The download is retried automatically.',
    operatorMessage: `notion: ${detail} for a file`,
  });
}
