/** Looks up what Notion's Markdown mentions without a name (docs/vendors/notion.md#content). */

import { toId } from './config.ts';
import { nameOf, titleOf } from './map.ts';
import { findDataSource, findPage, isSameId, type NotionListing, orLeftOut, orNull, type PageTry } from './places.ts';
import { database, person } from './wire.ts';

/** Maximum number of mentions per page that are looked up; each costs a call. */
const maxMentions = 25;

type Find = (listing: NotionListing, id: string) => Promise<string | undefined>;

/** Returns the names of people, pages and databases, by the tags that mention them. See `orLeftOut` for names not provided. */
export async function readMentions(
  listing: NotionListing,
  tags: readonly string[],
  pageTry: PageTry,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const tag of tags.slice(0, maxMentions)) {
    const [, kind = '', address = ''] = /^<mention-([a-z-]+)\s[^<>]*?\burl="([^"]*)"/.exec(tag) ?? [];
    const id = toId(address);
    const find = finders[kind];
    const name = id === null || find === undefined ? null : await orLeftOut(find(listing, id), pageTry);
    if (name) names.set(tag, name);
  }
  return names;
}

const finders: Readonly<Partial<Record<string, Find>>> = {
  user: async (listing, id) => `@${await nameOfPerson(listing, id)}`.replace(/^@$/, ''),
  page: async (listing, id) => titleOf((await findPage(listing, id)) ?? { properties: {} }),
  database: async ({ call, signal }, id) => {
    const subject = { scope: 'item', call: 'databases.retrieve' } as const;
    return (await orNull(call(subject, database, signal, (notion) => notion.databases.retrieve({ database_id: id }))))
      ?.title;
  },
  'data-source': async (listing, id) => {
    const found = await findDataSource(listing, id);
    return found === null ? undefined : nameOf(found);
  },
};

async function nameOfPerson({ call, signal }: NotionListing, id: string): Promise<string> {
  const subject = { scope: 'item', call: 'users.retrieve' } as const;
  const asked = person.refine((each) => isSameId(each.id, id));
  const found = await orNull(call(subject, asked, signal, (notion) => notion.users.retrieve({ user_id: id })));
  return found?.name || found?.person?.email || '';
}
