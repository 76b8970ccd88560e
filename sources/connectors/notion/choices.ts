import { isFullBlock, isFullDataSource, isFullPage } from '@notionhq/client';
import type { Choice } from '../connector.ts';
import { nameOf, titleOf } from './map.ts';
import { type NotionListing, orNull } from './places.ts';
import { searchLatest } from './search.ts';

const mostCalls = 3;

/** What a person can choose as a root: at the top what search finds that lies in nothing else found, else a page's own pages and databases. */
export async function chooseRoots(listing: NotionListing, within: string | null): Promise<readonly Choice[]> {
  return within === null ? await chooseTops(listing) : await chooseBelow(listing, within);
}

async function chooseTops(listing: NotionListing): Promise<Choice[]> {
  const found: { readonly choice: Choice; readonly parent: string | null }[] = [];
  let cursor: string | null = null;
  for (let calls = 0; calls < mostCalls; calls++) {
    const list: Awaited<ReturnType<typeof searchLatest>> = await searchLatest(listing, cursor);
    for (const each of list.results) {
      if (isFullPage(each) && each.parent.type !== 'block_id') {
        const { parent } = each;
        const above =
          parent.type === 'page_id' ? parent.page_id : parent.type === 'data_source_id' ? parent.data_source_id : null;
        found.push({
          choice: { value: each.id, label: titleOf(each) || 'Untitled', hasChildren: true },
          parent: above,
        });
      } else if (isFullDataSource(each) && each.database_parent.type !== 'block_id') {
        const above = each.database_parent.type === 'page_id' ? each.database_parent.page_id : null;
        found.push({ choice: { value: each.id, label: nameOf(each), hasChildren: false }, parent: above });
      }
    }
    if (!list.has_more) break;
    cursor = list.next_cursor;
  }
  const ids = new Set(found.map(({ choice }) => choice.value));
  return found.filter(({ parent }) => parent === null || !ids.has(parent)).map(({ choice }) => choice);
}

async function chooseBelow({ call, signal }: NotionListing, within: string): Promise<Choice[]> {
  const choices: Choice[] = [];
  let cursor: string | undefined;
  for (let calls = 0; calls < mostCalls; calls++) {
    const from = cursor === undefined ? {} : { start_cursor: cursor };
    const list = await orNull(
      call(
        'item',
        signal,
        async (notion) => await notion.blocks.children.list({ block_id: within, page_size: 100, ...from }),
      ),
    );
    for (const block of list?.results ?? []) {
      if (!isFullBlock(block)) continue;
      if (block.type === 'child_page') {
        choices.push({ value: block.id, label: block.child_page.title || 'Untitled', hasChildren: block.has_children });
      } else if (block.type === 'child_database') {
        choices.push({ value: block.id, label: block.child_database.title || 'Untitled', hasChildren: false });
      }
    }
    if (list?.has_more !== true) break;
    cursor = list.next_cursor ?? undefined;
  }
  return choices;
}
