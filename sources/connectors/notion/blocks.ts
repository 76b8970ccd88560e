/** A page's blocks as Markdown, for pages of which Notion itself makes none. */

import { type BlockObjectResponse, isFullBlock } from '@notionhq/client';
import { isSyncError } from '../../../domain/errors.ts';
import { tooLarge } from './client.ts';
import { plainText } from './map.ts';
import type { NotionListing } from './places.ts';

/** Each list of a hundred blocks is a call: a page of more is left out rather than read for minutes. */
const mostCalls = 300;
const deepest = 30;

interface Crawl {
  readonly listing: NotionListing;
  readonly maxBytes: number;
  readonly lines: string[];
  /** The blocks around the one under way: a synced block may hold itself. */
  readonly open: Set<string>;
  calls: number;
  bytes: number;
}

/** @throws SyncError `too_large` */
export async function readBlocks(listing: NotionListing, pageId: string, maxBytes: number): Promise<string> {
  const crawl: Crawl = { listing, maxBytes, lines: [], open: new Set(), calls: 0, bytes: 0 };
  await readChildren(crawl, pageId, '');
  return crawl.lines.join('\n');
}

async function readChildren(crawl: Crawl, blockId: string, indent: string): Promise<void> {
  if (crawl.open.has(blockId) || crawl.open.size >= deepest) return;
  crawl.open.add(blockId);
  let cursor: string | null = null;
  do {
    const list = await listChildren(crawl, blockId, cursor);
    for (const block of list.results) if (isFullBlock(block)) await readBlock(crawl, block, indent);
    cursor = list.has_more ? list.next_cursor : null;
  } while (cursor !== null);
  crawl.open.delete(blockId);
}

async function readBlock(crawl: Crawl, block: BlockObjectResponse, indent: string): Promise<void> {
  const line = lineOf(block);
  if (line !== '') {
    crawl.lines.push(`${indent}${line}`, ...(isInList(block) ? [] : ['']));
    crawl.bytes += Buffer.byteLength(line) + indent.length + 2;
    if (crawl.bytes > crawl.maxBytes) throw tooLarge();
  }
  // Documents of their own.
  if (!block.has_children || block.type === 'child_page' || block.type === 'child_database') return;
  await readChildren(crawl, block.id, isInList(block) ? `${indent}  ` : indent).catch((error: unknown) => {
    // The original of a synced block may lie in a page that is not shared.
    if (!isSyncError(error) || error.kind !== 'not_found') throw error;
  });
}

async function listChildren(crawl: Crawl, blockId: string, cursor: string | null) {
  if (++crawl.calls > mostCalls) throw tooLarge();
  const { call, signal } = crawl.listing;
  const from = cursor === null ? {} : { start_cursor: cursor };
  return await call(
    'item',
    signal,
    async (notion) => await notion.blocks.children.list({ block_id: blockId, page_size: 100, ...from }),
  );
}

function isInList({ type }: BlockObjectResponse): boolean {
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

function lineOf(block: BlockObjectResponse): string {
  switch (block.type) {
    case 'to_do':
      return `- [${block.to_do.checked ? 'x' : ' '}] ${plainText(block.to_do.rich_text)}`;
    case 'code':
      return `\`\`\`${block.code.language}\n${plainText(block.code.rich_text)}\n\`\`\``;
    case 'equation':
      return block.equation.expression;
    case 'table_row':
      return block.table_row.cells.map((cell) => plainText(cell)).join(' | ');
    case 'child_page':
      return block.child_page.title;
    case 'child_database':
      return block.child_database.title;
    case 'bookmark':
    case 'embed':
    case 'link_preview':
      return addressOf(block);
    case 'file':
      return [plainText(block.file.caption), `(${block.file.name})`].join(' ').trim();
    case 'pdf':
    case 'image':
    case 'video':
    case 'audio':
      return captionOf(block);
    case 'breadcrumb':
    case 'bulleted_list_item':
    case 'callout':
    case 'column':
    case 'column_list':
    case 'divider':
    case 'heading_1':
    case 'heading_2':
    case 'heading_3':
    case 'heading_4':
    case 'link_to_page':
    case 'meeting_notes':
    case 'numbered_list_item':
    case 'paragraph':
    case 'quote':
    case 'synced_block':
    case 'tab':
    case 'table':
    case 'table_of_contents':
    case 'template':
    case 'toggle':
    case 'transcription':
    case 'unsupported':
    default:
      return textOf(block);
  }
}

function addressOf(block: Extract<BlockObjectResponse, { type: 'bookmark' | 'embed' | 'link_preview' }>): string {
  if (block.type === 'bookmark') return block.bookmark.url;
  return block.type === 'embed' ? block.embed.url : block.link_preview.url;
}

/** Not the address, which expires. */
function captionOf(block: Extract<BlockObjectResponse, { type: 'pdf' | 'image' | 'video' | 'audio' }>): string {
  if (block.type === 'pdf') return plainText(block.pdf.caption);
  if (block.type === 'image') return plainText(block.image.caption);
  return block.type === 'video' ? plainText(block.video.caption) : plainText(block.audio.caption);
}

/** All others with text keep it in the same place; those without have nothing to read. */
function textOf(block: BlockObjectResponse): string {
  const value: unknown = Object.entries(block).find(([name]) => name === block.type)?.[1];
  if (typeof value !== 'object' || value === null || !('rich_text' in value) || !Array.isArray(value.rich_text))
    return '';
  return `${marks[block.type] ?? ''}${plainText(value.rich_text as { readonly plain_text: string }[])}`;
}
