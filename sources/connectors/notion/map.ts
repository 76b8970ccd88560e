/**
 * Converts Notion's objects to entries. A page is an item and also the container of other pages; a data source is the
 * container of its rows.
 */

import type { Entry, Fingerprint, ItemRef } from '../../../domain/source.ts';
import { fieldsOf, stringOf } from '../loose.ts';
import { type NotionBlock, type NotionDataSource, type NotionPage, plainText } from './wire.ts';

/**
 * Notion's times have minute precision and its clock may differ from ours, so an edit this recent may be followed by
 * another with the same time.
 */
const settledAfterMs = 3 * 60_000;

/** The container comes first, because the later of two entries with the same id counts. */
export function toEntries(item: ItemRef): Entry[] {
  return [toContainer(item.externalId, item.name, item.parentExternalId), { state: 'present', ...item }];
}

export function toContainer(externalId: string, name: string, parentExternalId: string | null): Entry {
  return { state: 'container', externalId, name, parentExternalId };
}

export function toItemRef(page: NotionPage, parentId: string | null): ItemRef {
  const type = page.parent?.type;
  const isRow = type === 'data_source_id' || type === 'database_id' || page.parent?.data_source_id !== undefined;
  return itemOf(page, titleOf(page), parentId, isRow);
}

/** A child page's block is the page's own record, as it appears in its parent page. */
export function toChildRef(block: NotionBlock, parentId: string): ItemRef {
  return itemOf(block, stringOf(block.value['title']), parentId, false);
}

export function titleOf({ properties }: Pick<NotionPage, 'properties'>): string {
  const title = Object.values(properties)
    .map(fieldsOf)
    .find(({ type, id }) => type === 'title' || id === 'title');
  return plainText(title?.['title']);
}

export function nameOf({ title, name }: NotionDataSource): string {
  return title || name || 'Untitled';
}

interface Facts {
  readonly id: string;
  readonly last_edited_time?: string | undefined;
}

function itemOf(facts: Facts, title: string, parentExternalId: string | null, isRow: boolean): ItemRef {
  const edited = facts.last_edited_time ?? '';
  return {
    externalId: facts.id,
    itemType: 'page',
    name: title.trim() === '' ? 'Untitled' : title,
    parentExternalId,
    mimeType: 'text/markdown',
    size: null,
    modifiedAt: Number.isNaN(Date.parse(edited)) ? null : edited,
    fingerprint: fingerprintOf(edited),
    // Notion's own URL contains the title, and a page found in another page comes without a URL.
    webUrl: `https://www.notion.so/${facts.id.replaceAll('-', '')}`,
    ...(isRow ? { fetchHints: { row: 'yes' } } : {}),
  };
}

/**
 * Makes a fingerprint that differs later for an item listed within minutes of its edit, so that it is fetched again.
 */
export function fingerprintOf(lastEdited: string): Fingerprint {
  const isSettled = Date.now() - Date.parse(lastEdited) >= settledAfterMs;
  return { kind: 'modified_at', value: isSettled ? lastEdited : `${lastEdited} unsettled`.trim() };
}
