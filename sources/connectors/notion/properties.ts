/** The properties of a database's row as lines of text: they are not among its blocks. */

import { isFullPage, type PageObjectResponse } from '@notionhq/client';
import { SyncError } from '../../../domain/errors.ts';
import { plainText, titleOf } from './map.ts';
import { findPage, type NotionListing } from './places.ts';

type Property = PageObjectResponse['properties'][string];
/** Of a rollup, which holds properties without an id. */
type Value = Property extends infer P ? (P extends { readonly id: string } ? Omit<P, 'id'> : never) : never;

/** As many come with the page [reference 6.6]; of longer lists these are read, in two calls at the most. */
const valuesWithPage = 25;
/** Related pages of one row whose titles are read, each by a call. */
const mostRelated = 25;

export async function readProperties(listing: NotionListing, pageId: string): Promise<string> {
  const { call, signal } = listing;
  const page = await call('item', signal, async (notion) => await notion.pages.retrieve({ page_id: pageId }));
  if (!isFullPage(page) || page.in_trash) {
    throw new SyncError('not_found', { message: 'The page is in the trash.' });
  }
  const lines: string[] = [];
  for (const [name, property] of Object.entries(page.properties)) {
    const value = await valueOf(listing, page.id, property);
    if (value !== '') lines.push(`${name}: ${value}`);
  }
  return lines.join('\n');
}

async function valueOf(listing: NotionListing, pageId: string, property: Property): Promise<string> {
  if (property.type === 'title') return '';
  if (property.type === 'relation') return await titlesOf(listing, property.relation);
  const values: readonly unknown[] =
    property.type === 'people' ? property.people : property.type === 'rich_text' ? property.rich_text : [];
  return values.length < valuesWithPage ? toText(property) : await longValue(listing, pageId, property.id);
}

/** Only the titles say anything. */
async function titlesOf(listing: NotionListing, related: readonly { readonly id: string }[]): Promise<string> {
  const titles: string[] = [];
  for (const { id } of related.slice(0, mostRelated)) {
    const page = await findPage(listing, id);
    if (page !== null) titles.push(titleOf(page) || 'Untitled');
  }
  return titles.join(', ');
}

async function longValue({ call, signal }: NotionListing, pageId: string, propertyId: string): Promise<string> {
  const list = await call(
    'item',
    signal,
    async (notion) =>
      await notion.pages.properties.retrieve({ page_id: pageId, property_id: propertyId, page_size: 100 }),
  );
  if (list.object !== 'list') return '';
  const texts = list.results.map((item) => {
    if (item.type === 'rich_text') return item.rich_text.plain_text;
    return item.type === 'people' ? nameOf(item.people) : '';
  });
  return texts.join(list.property_item.type === 'people' ? ', ' : '');
}

function toText(property: Value | Property): string {
  switch (property.type) {
    case 'rich_text':
      return plainText(property.rich_text);
    case 'title':
      return plainText(property.title);
    case 'number':
      return property.number?.toString() ?? '';
    case 'select':
      return property.select?.name ?? '';
    case 'status':
      return property.status?.name ?? '';
    case 'multi_select':
      return property.multi_select.map(({ name }) => name).join(', ');
    case 'date':
      return dateText(property.date);
    case 'people':
      return property.people.map((person) => nameOf(person)).join(', ');
    case 'checkbox':
      return property.checkbox ? 'yes' : 'no';
    case 'url':
      return property.url ?? '';
    case 'email':
      return property.email ?? '';
    case 'phone_number':
      return property.phone_number ?? '';
    case 'created_by':
      return nameOf(property.created_by);
    case 'last_edited_by':
      return nameOf(property.last_edited_by);
    case 'created_time':
      return property.created_time;
    case 'files':
      // By name: the addresses expire.
      return property.files.map(({ name }) => name).join(', ');
    case 'unique_id':
      return [property.unique_id.prefix, property.unique_id.number].filter((part) => part !== null).join('-');
    case 'formula':
      return formulaText(property.formula);
    case 'rollup':
      return rollupText(property.rollup);
    case 'place':
      return [property.place?.name, property.place?.address].filter((part) => typeof part === 'string').join(', ');
    case 'verification':
      return property.verification?.state ?? '';
    // A button has no value, the time of the last edit says the document itself, and a relation's titles take calls.
    case 'button':
    case 'last_edited_time':
    case 'relation':
    default:
      return '';
  }
}

function formulaText(formula: Extract<Property, { type: 'formula' }>['formula']): string {
  switch (formula.type) {
    case 'string':
      return formula.string ?? '';
    case 'number':
      return formula.number?.toString() ?? '';
    case 'boolean':
      return formula.boolean === null ? '' : formula.boolean ? 'yes' : 'no';
    case 'date':
      return dateText(formula.date);
    case 'unsupported':
    default:
      return '';
  }
}

function rollupText(rollup: Extract<Property, { type: 'rollup' }>['rollup']): string {
  switch (rollup.type) {
    case 'number':
      return rollup.number?.toString() ?? '';
    case 'date':
      return dateText(rollup.date);
    case 'array':
      return rollup.array
        .map((value) => toText(value as Value))
        .filter((text) => text !== '')
        .join(', ');
    case 'unsupported':
    default:
      return '';
  }
}

function dateText(date: { readonly start: string; readonly end: string | null } | null): string {
  if (date === null) return '';
  return date.end === null ? date.start : `${date.start} to ${date.end}`;
}

/** Without the capability to read user information there are ids only, which say nothing. */
function nameOf(person: { readonly id: string } | { readonly name?: string | null }): string {
  return 'name' in person && typeof person.name === 'string' ? person.name : '';
}
