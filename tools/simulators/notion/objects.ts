/**
 * Pages, databases, data sources and blocks in the API's form (docs/vendors/notion.md#enumerating,
 * docs/vendors/notion.md#content).
 */

import { nameOf, richText, type SimBlock, type SimMention } from './blocks.ts';
import type { NotionWorkspace, SimDatabase, SimPage, SimParent } from './state.ts';

const minuteMs = 60_000;

export interface View {
  readonly workspace: NotionWorkspace;
  /** `archived` exists only in versions before 2026-03-11. */
  readonly version: string;
  readonly fileUrl: (name: string) => string;
}

export function pageObject(view: View, page: SimPage): object {
  const { workspace } = view;
  const titleName = page.parent.type === 'data_source_id' ? 'Name' : 'title';
  const own = Object.entries(page.properties).map(([name, value]) => [
    name,
    { id: encodeURIComponent(name), ...value },
  ]);
  return {
    object: 'page',
    id: page.id,
    ...times(page),
    ...people,
    ...trash(view, page),
    is_archived: false,
    is_locked: false,
    parent: parentObject(workspace, page.parent),
    icon: null,
    cover: null,
    url: `https://www.notion.so/${encodeURIComponent(page.title.replaceAll(' ', '-'))}-${page.id.replaceAll('-', '')}`,
    public_url: null,
    properties: {
      ...Object.fromEntries(own.map(([name, value]) => [name, cut(value as Record<string, unknown>)])),
      [titleName]: { id: 'title', type: 'title', title: richText(page.title) },
    },
  };
}

/** At most 25 of these values come with the page (docs/vendors/notion.md#content). */
export const valuesWithPage = 25;
const cutTypes = ['relation', 'people', 'rich_text'];

function cut(value: Record<string, unknown>): object {
  const type = String(value['type']);
  const all = value[type];
  const rollup = type === 'rollup' ? (all as { readonly array?: unknown }) : {};
  if (Array.isArray(rollup.array))
    return { ...value, rollup: { ...rollup, array: rollup.array.slice(0, valuesWithPage) } };
  if (!cutTypes.includes(type) || !Array.isArray(all)) return value;
  const more = type === 'relation' ? { has_more: all.length > valuesWithPage } : {};
  return { ...value, [type]: all.slice(0, valuesWithPage), ...more };
}

export function databaseObject(view: View, database: SimDatabase): object {
  return {
    object: 'database',
    id: database.id,
    title: richText(database.title),
    description: [],
    parent: parentObject(view.workspace, database.parent),
    is_inline: false,
    is_locked: false,
    ...trash(view, database),
    ...times(database),
    data_sources: [{ id: database.dataSourceId, name: database.title }],
    icon: null,
    cover: null,
    url: `https://www.notion.so/${database.id.replaceAll('-', '')}`,
    public_url: null,
  };
}

export function dataSourceObject(view: View, database: SimDatabase): object {
  return {
    object: 'data_source',
    id: database.dataSourceId,
    title: richText(database.title),
    description: [],
    parent: { type: 'database_id', database_id: database.id },
    database_parent: parentObject(view.workspace, database.parent),
    is_inline: false,
    ...trash(view, database),
    ...times(database),
    ...people,
    properties: {},
    icon: null,
    cover: null,
    url: `https://www.notion.so/${database.id.replaceAll('-', '')}`,
    public_url: null,
  };
}

export function blockObject(view: View, page: SimPage, each: SimBlock, above: string | null): object {
  const parent = above === null ? { type: 'page_id', page_id: page.id } : { type: 'block_id', block_id: above };
  const inside = view.workspace.childrenOf(page.id, each.id);
  return {
    ...blockFrame(view, page, each.id, parent),
    type: each.type,
    has_children: each.children.length + inside.pages.length + inside.databases.length > 0,
    [each.type]: blockValue(view, each),
  };
}

export function childPageBlock(view: View, page: SimPage): object {
  const inside = view.workspace.childrenOf(page.id, null);
  return {
    ...blockFrame(view, page, page.id, parentObject(view.workspace, page.parent)),
    type: 'child_page',
    has_children: page.blocks.length + inside.pages.length + inside.databases.length > 0,
    child_page: { title: page.title },
  };
}

export function childDatabaseBlock(view: View, database: SimDatabase): object {
  return {
    ...blockFrame(view, database, database.id, parentObject(view.workspace, database.parent)),
    type: 'child_database',
    has_children: false,
    child_database: { title: database.title },
  };
}

function blockFrame(view: View, thing: SimPage | SimDatabase, id: string, parent: object): object {
  return { object: 'block', id, parent, ...times(thing), ...people, ...trash(view, thing) };
}

function blockValue({ fileUrl }: View, each: SimBlock): object {
  const text = richText(each.text ?? '');
  switch (each.type) {
    case 'file':
    case 'pdf':
    case 'image': {
      if ('external' in each.value) return { type: 'external', caption: text, ...each.value };
      const expiry = new Date(Date.now() + 3_600_000).toISOString();
      const file = { type: 'file', file: { url: fileUrl(nameOf(each)), expiry_time: expiry } };
      return { ...file, caption: text, name: nameOf(each) };
    }
    case 'paragraph':
    case 'heading_1':
    case 'heading_2':
    case 'heading_3':
    case 'bulleted_list_item':
    case 'numbered_list_item':
    case 'to_do':
    case 'toggle':
    case 'quote':
    case 'callout':
    case 'code':
    case 'template':
      return richTextValue(each);
    default:
      return each.value;
  }
}

/** What a paragraph mentions comes as a part of its text, with a name. */
function richTextValue({ text, value }: SimBlock): object {
  const parts = richText(text ?? '');
  if (!('mention' in value)) return { rich_text: parts, color: 'default', ...value };
  const { kind, id } = value.mention as SimMention;
  const mention = { type: 'mention', mention: { type: kind, [kind]: { id } }, plain_text: 'somebody', href: null };
  return { rich_text: [...parts, mention], color: 'default' };
}

export function toMinute(ms: number): string {
  return new Date(Math.floor(ms / minuteMs) * minuteMs).toISOString();
}

/** Rounded down to the minute (docs/vendors/notion.md#enumerating). */
function times({ createdMs, editedMs }: { readonly createdMs: number; readonly editedMs: number }): object {
  return { created_time: toMinute(createdMs), last_edited_time: toMinute(editedMs) };
}

const people = {
  created_by: { object: 'user', id: '11111111-1111-4111-8111-111111111111' },
  last_edited_by: { object: 'user', id: '11111111-1111-4111-8111-111111111111' },
};

function trash({ workspace, version }: View, thing: SimPage | SimDatabase): object {
  const isTrashed = workspace.isTrashed(thing);
  return version < '2026-03-11' ? { in_trash: isTrashed, archived: isTrashed } : { in_trash: isTrashed };
}

export function parentObject(workspace: NotionWorkspace, parent: SimParent): object {
  switch (parent.type) {
    case 'workspace':
      return { type: 'workspace', workspace: true };
    case 'page_id':
      return { type: 'page_id', page_id: parent.id };
    case 'block_id':
      return { type: 'block_id', block_id: parent.id };
    case 'data_source_id':
      return {
        type: 'data_source_id',
        data_source_id: parent.id,
        database_id: workspace.databaseOf(parent.id)?.id ?? '',
      };
  }
}
