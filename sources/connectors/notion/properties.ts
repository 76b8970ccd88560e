/** Renders the properties of a database row as lines of text, because they are not among its blocks. */

import { SyncError } from '../../../domain/errors.ts';
import { type Fields, fieldsOf, listOf, stringOf } from '../loose.ts';
import { followCursors } from '../cursor-trail.ts';
import { endlessList } from './errors.ts';
import { nextOf } from './lists.ts';
import { titleOf } from './map.ts';
import { findPage, type NotionListing, orLeftOut, type PageTry, readPage } from './places.ts';
import { plainText, propertyValues } from './wire.ts';
import { pageSize } from './client.ts';

/** Number of values that come with the page (docs/vendors/notion.md#content); longer lists are read separately. */
const valuesWithPage = 25;
/** Maximum number of related pages per row whose titles are read; each costs a call. */
const maxRelated = 25;
/** Maximum number of pages, with a hundred values each, that are read of one property. */
const maxValuePages = 20;
const subject = { scope: 'item', call: 'pages.properties.retrieve' } as const;

export async function readProperties(listing: NotionListing, pageId: string, pageTry: PageTry): Promise<string> {
  const page = await readPage(listing, pageId);
  if (page.in_trash) throw new SyncError('not_found', { scope: 'item', message: 'The page is in the trash.' });
  const lines: string[] = [];
  for (const [name, property] of Object.entries(page.properties)) {
    const value = await valueOf(listing, page.id, fieldsOf(property), pageTry);
    if (value !== '') lines.push(`${name}: ${value}`);
  }
  return lines.join('\n');
}

async function valueOf(listing: NotionListing, pageId: string, property: Fields, pageTry: PageTry): Promise<string> {
  const { id, type } = property;
  if (type === 'title') return '';
  const values = isCut(property) && id !== undefined ? await allValues(listing, pageId, stringOf(id), pageTry) : null;
  if (type === 'relation')
    return await titlesOf(listing, values?.map((value) => value['relation']) ?? listOf(property['relation']), pageTry);
  if (values === null) return textOf(property);
  return values
    .map(textOf)
    .filter((text) => text !== '')
    .join(type === 'rich_text' ? '' : ', ');
}

/** Notion truncates long values that come with the page, and says so only for relations. */
function isCut(property: Fields): boolean {
  const value = property[stringOf(property['type'])];
  const values = property['type'] === 'rollup' ? fieldsOf(value)['array'] : value;
  return property['has_more'] === true || listOf(values).length >= valuesWithPage;
}

/**
 * Returns all values of one property in the form used in a page. @returns null if Notion provides them only with the
 * page
 */
async function allValues(
  listing: NotionListing,
  pageId: string,
  propertyId: string,
  pageTry: PageTry,
): Promise<Fields[] | null> {
  const values: Fields[] = [];
  const follow = followCursors(() => endlessList(subject));
  let cursor: string | null = null;
  for (let pages = 0; pages < maxValuePages; pages++) {
    // The truncated values that came with the page are better than no row.
    const page = await orLeftOut(readValues(listing, pageId, propertyId, cursor), pageTry);
    if (page?.object !== 'list') return null;
    values.push(...page.results.read.map(fieldsOf));
    cursor = follow(nextOf(page, subject));
    if (cursor === null) return values;
  }
  return values;
}

async function readValues({ call, signal }: NotionListing, pageId: string, propertyId: string, cursor: string | null) {
  const from = cursor === null ? {} : { start_cursor: cursor };
  return await call(subject, propertyValues, signal, (notion) =>
    notion.pages.properties.retrieve({
      page_id: pageId,
      property_id: propertyId,
      page_size: pageSize,
      ...from,
    }),
  );
}

async function titlesOf(listing: NotionListing, related: readonly unknown[], pageTry: PageTry): Promise<string> {
  const titles: string[] = [];
  const ids = related.map((each) => stringOf(fieldsOf(each)['id'])).filter((id) => id !== '');
  for (const id of ids.slice(0, maxRelated)) {
    const page = await orLeftOut(findPage(listing, id), pageTry);
    if (page !== null) titles.push(titleOf(page) || 'Untitled');
  }
  return titles.join(', ');
}

/** Renders one value of any type; a value that does not match its type is rendered as nothing. */
function textOf(property: Fields): string {
  const type = stringOf(property['type']);
  const value = property[type];
  switch (type) {
    case 'rich_text':
    case 'title':
      // One item of a paged value is a single part.
      return plainText(Array.isArray(value) ? value : [value]);
    case 'number':
    case 'url':
    case 'email':
    case 'phone_number':
    case 'created_time':
    case 'string':
      return stringOf(value);
    case 'select':
    case 'status':
    case 'created_by':
    case 'last_edited_by':
      return nameOf(value);
    case 'multi_select':
    case 'people':
    case 'files':
      // Files are rendered by name because their addresses expire.
      return (Array.isArray(value) ? value : [value])
        .map(nameOf)
        .filter((name) => name !== '')
        .join(', ');
    case 'date':
      return dateText(value);
    case 'checkbox':
    case 'boolean':
      return typeof value === 'boolean' ? (value ? 'yes' : 'no') : '';
    case 'unique_id':
      return [fieldsOf(value)['prefix'], fieldsOf(value)['number']]
        .map(stringOf)
        .filter((part) => part !== '')
        .join('-');
    case 'formula':
      return textOf(fieldsOf(value));
    case 'rollup':
    case 'array':
      return type === 'array' ? manyTexts(value) : textOf(fieldsOf(value));
    case 'place':
      return [fieldsOf(value)['name'], fieldsOf(value)['address']]
        .map(stringOf)
        .filter((part) => part !== '')
        .join(', ');
    case 'verification':
      return stringOf(fieldsOf(value)['state']);
    default:
      // A button has no value, the document itself has the time of the last edit, and a relation's titles need calls.
      return '';
  }
}

function manyTexts(values: unknown): string {
  return listOf(values)
    .map((each) => textOf(fieldsOf(each)))
    .filter((text) => text !== '')
    .join(', ');
}

function dateText(value: unknown): string {
  const { start, end, time_zone: zone } = fieldsOf(value);
  const [from, to] = [stringOf(start), stringOf(end)];
  const moments = from === '' || to === '' ? from : `${from} to ${to}`;
  // With a time zone, the times are without an offset.
  return moments === '' || stringOf(zone) === '' ? moments : `${moments} (${stringOf(zone)})`;
}

/**
 * A person may have no name but an address. Without the capability to read user information there are only ids, which are
 * not useful.
 */
function nameOf(value: unknown): string {
  const { name, person } = fieldsOf(value);
  return stringOf(name) || stringOf(fieldsOf(person)['email']);
}
