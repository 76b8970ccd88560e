/** Theirs to ours. A page is an item and what other pages lie in; a data source is what its rows lie in. */

import type {
  ChildPageBlockObjectResponse,
  DataSourceObjectResponse,
  PageObjectResponse,
  RichTextItemResponse,
} from '@notionhq/client';
import type { Entry, Fingerprint, ItemRef } from '../../../domain/source.ts';

/** Notion's clock shows minutes only, and may differ from ours: an edit so young may be followed by one that does not show. */
const settledAfterMs = 3 * 60_000;

/** The container comes first: what is listed later under the same id counts. */
export function toEntries(item: ItemRef): Entry[] {
  return [toContainer(item.externalId, item.name, item.parentExternalId), { state: 'present', ...item }];
}

export function toContainer(externalId: string, name: string, parentExternalId: string | null): Entry {
  return { state: 'container', externalId, name, parentExternalId };
}

export function toItemRef(page: PageObjectResponse, parentId: string | null): ItemRef {
  const isRow = page.parent.type === 'data_source_id' || page.parent.type === 'database_id';
  return itemOf(page, titleOf(page), parentId, isRow);
}

/** The block is the page's own record, as it shows in the page above. */
export function toChildRef(block: ChildPageBlockObjectResponse, parentId: string): ItemRef {
  return itemOf(block, block.child_page.title, parentId, false);
}

export function titleOf({ properties }: PageObjectResponse): string {
  const title = Object.values(properties).find((property) => property.type === 'title');
  return title?.type === 'title' ? plainText(title.title) : '';
}

export function nameOf(dataSource: DataSourceObjectResponse): string {
  return plainText(dataSource.title) || 'Untitled';
}

export function plainText(text: readonly Pick<RichTextItemResponse, 'plain_text'>[]): string {
  return text.map((part) => part.plain_text).join('');
}

interface Facts {
  readonly id: string;
  readonly last_edited_time: string;
}

function itemOf(facts: Facts, title: string, parentExternalId: string | null, isRow: boolean): ItemRef {
  return {
    externalId: facts.id,
    itemType: 'page',
    name: title.trim() === '' ? 'Untitled' : title,
    parentExternalId,
    mimeType: 'text/markdown',
    size: null,
    modifiedAt: facts.last_edited_time,
    fingerprint: fingerprintOf(facts.last_edited_time),
    // Notion's own has the title in it, and a page that is found in another comes without.
    webUrl: `https://www.notion.so/${facts.id.replaceAll('-', '')}`,
    ...(isRow ? { hints: { row: 'yes' } } : {}),
  };
}

/** A page that is listed in the very minutes of its edit is fetched once more when they have passed. */
function fingerprintOf(lastEdited: string): Fingerprint {
  const isSettled = Date.now() - Date.parse(lastEdited) >= settledAfterMs;
  return { kind: 'modified_at', value: isSettled ? lastEdited : `${lastEdited} unsettled` };
}
