import type { Choice } from '../connector.ts';
import { stringOf } from '../loose.ts';
import { nameOf, titleOf } from './map.ts';
import { type NotionListing, orNull } from './places.ts';
import { searchLatest } from './search.ts';
import { blocksPage } from './wire.ts';
import { pageSize } from './client.ts';

const maxCalls = 3;

/**
 * Lists what a person can choose as a root: at the top level, search results that are not inside another result; below
 * that, a page's own pages and databases.
 */
export async function chooseRoots(listing: NotionListing, within: string | null): Promise<readonly Choice[]> {
  return within === null ? await chooseTops(listing) : await chooseBelow(listing, within);
}

async function chooseTops(listing: NotionListing): Promise<Choice[]> {
  const found: { readonly choice: Choice; readonly parent: string | null }[] = [];
  let cursor: string | null = null;
  for (let calls = 0; calls < maxCalls; calls++) {
    const list: Awaited<ReturnType<typeof searchLatest>> = await searchLatest(listing, cursor);
    for (const each of list.results.read) {
      const isPage = each.object === 'page';
      const above = isPage ? each.parent : each.database_parent;
      // A result inside a block is offered within the page of that block.
      if (above?.block_id !== undefined) continue;
      const label = isPage ? titleOf(each) || 'Untitled' : nameOf(each);
      found.push({
        choice: { value: each.id, label, hasChildren: isPage },
        parent: above?.page_id ?? above?.data_source_id ?? null,
      });
    }
    if (list.has_more !== true || !list.next_cursor) break;
    cursor = list.next_cursor;
  }
  const ids = new Set(found.map(({ choice }) => choice.value));
  return found.filter(({ parent }) => parent === null || !ids.has(parent)).map(({ choice }) => choice);
}

async function chooseBelow({ call, signal }: NotionListing, within: string): Promise<Choice[]> {
  const choices: Choice[] = [];
  let cursor: string | undefined;
  for (let calls = 0; calls < maxCalls; calls++) {
    const from = cursor === undefined ? {} : { start_cursor: cursor };
    const list = await orNull(
      call({ scope: 'container', call: 'blocks.children.list' }, blocksPage, signal, (notion) =>
        notion.blocks.children.list({ block_id: within, page_size: pageSize, ...from }),
      ),
    );
    for (const { id, type, has_children: hasChildren, value } of list?.results.read ?? []) {
      const label = stringOf(value['title']) || 'Untitled';
      if (type === 'child_page') choices.push({ value: id, label, hasChildren });
      if (type === 'child_database') choices.push({ value: id, label, hasChildren: false });
    }
    if (list?.has_more !== true || !list.next_cursor) break;
    cursor = list.next_cursor;
  }
  return choices;
}
