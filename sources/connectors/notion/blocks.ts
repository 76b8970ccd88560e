/** Renders a page's blocks as Markdown, for pages that Notion itself cannot render. */

import { isSyncError } from '../../../domain/errors.ts';
import { fieldsOf, listOf, stringOf } from '../loose.ts';
import { pageSize } from './client.ts';
import { followCursors } from '../cursor-trail.ts';
import { tooLargeToRead } from '../too-large.ts';
import { endlessList } from './errors.ts';
import { nextOf } from './lists.ts';
import type { NotionListing } from './places.ts';
import { blocksPage, type NotionBlock, plainText } from './wire.ts';

/**
 * Each list of a hundred blocks costs a call, so a page that needs more is cut instead of being read for minutes.
 */
const maxCalls = 300;
const maxDepth = 30;
const subject = { scope: 'item', call: 'blocks.children.list' } as const;

/** Ends the text of a page that is too long to be read to its end. */
export const cutNote = '(This page is longer than Headwater reads. The rest is missing here.)';

interface Crawl {
  readonly listing: NotionListing;
  readonly maxBytes: number;
  readonly lines: string[];
  /** The blocks that contain the current one, because a synced block may contain itself. */
  open: Set<string>;
  calls: number;
  bytes: number;
}

/** @throws SyncError `too_large` if there is more text than `maxBytes`; a page with too many lists is cut, and says so */
export async function readBlocks(listing: NotionListing, pageId: string, maxBytes: number): Promise<string> {
  const crawl: Crawl = { listing, maxBytes, lines: [], open: new Set(), calls: 0, bytes: 0 };
  await readChildren(crawl, pageId, '');
  if (crawl.calls > maxCalls) crawl.lines.push('', cutNote);
  return crawl.lines.join('\n');
}

async function readChildren(crawl: Crawl, blockId: string, indent: string): Promise<void> {
  if (crawl.open.has(blockId)) return;
  if (crawl.open.size >= maxDepth) {
    crawl.lines.push(`${indent}(The blocks here are nested deeper than Headwater reads.)`, '');
    return;
  }
  crawl.open.add(blockId);
  const follow = followCursors(() => endlessList(subject));
  let cursor: string | null = null;
  do {
    if (++crawl.calls > maxCalls) break;
    const list = await listChildren(crawl, blockId, cursor);
    for (const block of list.results.read) await readBlock(crawl, block, indent);
    const { unread } = list.results;
    if (unread > 0) crawl.lines.push(`${indent}(Headwater cannot read ${unread} of the blocks here.)`, '');
    cursor = follow(nextOf(list, subject));
  } while (cursor !== null);
  crawl.open.delete(blockId);
}

async function readBlock(crawl: Crawl, block: NotionBlock, indent: string): Promise<void> {
  const line = lineOf(block);
  if (line !== '') {
    crawl.lines.push(`${indent}${line}`, ...(isInList(block) ? [] : ['']));
    crawl.bytes += Buffer.byteLength(line) + indent.length + 2;
    if (crawl.bytes > crawl.maxBytes) throw tooLargeToRead('page', crawl.maxBytes);
  }
  // Child pages and databases are separate documents.
  if (!block.has_children || block.type === 'child_page' || block.type === 'child_database') return;
  const inner = isInList(block) ? `${indent}  ` : indent;
  const isRead =
    (await tryChildren(crawl, block.id, inner)) ||
    (block.type === 'synced_block' && (await tryChildren(crawl, originalOf(block), inner)));
  if (!isRead) crawl.lines.push(`${indent}${contentsNotProvided}`, '');
}

/** @returns false if Notion refuses them, such as those of a synced block whose original is in a page that is not shared */
async function tryChildren(crawl: Crawl, blockId: string, indent: string): Promise<boolean> {
  if (blockId === '') return false;
  const open = new Set(crawl.open);
  try {
    await readChildren(crawl, blockId, indent);
    return true;
  } catch (error) {
    if (!isSyncError(error) || !['not_found', 'unsupported', 'forbidden'].includes(error.kind)) throw error;
    crawl.open = open;
    return false;
  }
}

/** The id of the synced block that this one is a copy of, or empty. */
function originalOf({ value }: NotionBlock): string {
  return stringOf(fieldsOf(value['synced_from'])['block_id']);
}

async function listChildren(crawl: Crawl, blockId: string, cursor: string | null) {
  const { call, signal } = crawl.listing;
  const from = cursor === null ? {} : { start_cursor: cursor };
  return await call(subject, blocksPage, signal, (notion) =>
    notion.blocks.children.list({ block_id: blockId, page_size: pageSize, ...from }),
  );
}

function isInList({ type }: NotionBlock): boolean {
  return ['bulleted_list_item', 'numbered_list_item', 'to_do', 'table_row'].includes(type);
}

const marks: Readonly<Record<string, string>> = {
  heading_1: '# ',
  heading_2: '## ',
  heading_3: '### ',
  heading_4: '#### ',
  bulleted_list_item: '- ',
  numbered_list_item: '1. ',
  quote: '> ',
};

/** The note in place of the contents of a block that Notion refuses. */
export const contentsNotProvided = '(Notion does not provide the contents of this block in its API.)';

/** The note in place of a block that Notion shows only in its own application. */
export function notProvided(type: string): string {
  return `(Notion does not provide this ${type.replaceAll('_', ' ') || 'block'} in its API.)`;
}

/** Returns the text of one block, without that of the blocks in it. */
export function lineOf({ type, value }: NotionBlock): string {
  const words = plainText(value['rich_text']);
  const caption = plainText(value['caption']);
  const name = stringOf(value['name']);
  switch (type) {
    case 'to_do':
      return `- [${value['checked'] === true ? 'x' : ' '}] ${words}`;
    case 'code':
      return `\`\`\`${stringOf(value['language'])}\n${words}\n\`\`\``;
    case 'equation':
      return stringOf(value['expression']);
    case 'table_row':
      return listOf(value['cells']).map(plainText).join(' | ');
    case 'child_page':
    case 'child_database':
      return stringOf(value['title']);
    case 'bookmark':
    case 'embed':
    case 'link_preview':
      return [caption, stringOf(value['url'])].filter((part) => part !== '').join(' ');
    case 'file':
    case 'pdf':
    case 'image':
    case 'video':
    case 'audio':
      // The address is left out because it expires.
      return [caption, name === '' ? '' : `(${name})`].filter((part) => part !== '').join(' ');
    case 'unsupported':
      return notProvided(stringOf(value['block_type']));
    case 'meeting_notes':
    case 'transcription':
      return plainText(value['title']) || words;
    default:
      // All other blocks with text store it in the same place; blocks without text have nothing to read.
      return words === '' ? '' : `${marks[type] ?? ''}${words}`;
  }
}
