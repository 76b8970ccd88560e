/**
 * Schemas of Notion's answers. An answer as a whole is parsed strictly: the kind of object and the requested list are
 * required. Items are parsed leniently: an item needs only an id, and a block also its type.
 */

import { z } from 'zod';
import { lenient, readableOf } from '../answers.ts';
import { fieldsOf, listOf, stringOf } from '../loose.ts';

const id = z.string().min(1);
const flag = lenient.boolean;

/** The parent of an object, with whichever fields are present. */
const parent = lenient.object({
  type: lenient.text,
  workspace: lenient.boolean,
  page_id: lenient.text,
  database_id: lenient.text,
  data_source_id: lenient.text,
  block_id: lenient.text,
});
export type Parent = z.output<typeof parent>;

/** Returns the plain text of a rich text, ignoring anything else in the list. */
export function plainText(parts: unknown): string {
  return listOf(parts)
    .map((part) => {
      const { plain_text: plain, text } = fieldsOf(part);
      return stringOf(plain) || stringOf(fieldsOf(text)['content']);
    })
    .join('');
}

const words = z.unknown().optional().transform(plainText);
const times = { created_time: lenient.text, last_edited_time: lenient.text };
const trash = { in_trash: flag, archived: flag };

/** Both fields say the same; `archived` is the older one. */
function withTrash<T extends z.output<z.ZodObject<typeof trash>>>({ archived, in_trash: inTrash, ...facts }: T) {
  return { ...facts, in_trash: inTrash ?? archived ?? false };
}

const pageFields = z.object({
  object: z.literal('page'),
  id,
  ...times,
  ...trash,
  parent,
  properties: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
export const page = pageFields.transform(({ archived, in_trash: inTrash, ...facts }) => ({
  ...facts,
  properties: facts.properties ?? {},
  in_trash: inTrash ?? archived ?? false,
  /** Notion returns only the id of an object that is not visible in this place. */
  isPartial: facts.parent === undefined || facts.properties === undefined,
}));
export type NotionPage = z.output<typeof page>;

export const dataSource = z
  .object({
    object: z.literal('data_source'),
    id,
    title: words,
    name: lenient.text,
    ...times,
    ...trash,
    parent,
    database_parent: parent,
  })
  .transform(withTrash);
export type NotionDataSource = z.output<typeof dataSource>;

export const database = z
  .object({
    object: z.literal('database'),
    id,
    title: words,
    ...trash,
    data_sources: readableOf(z.object({ id, name: lenient.text })),
  })
  .transform(withTrash);

/** The field named after the block's type is read if the type is known. */
export const block = z
  .looseObject({
    object: z.literal('block'),
    id,
    type: z.string().min(1),
    has_children: flag,
    ...trash,
    ...times,
    parent,
  })
  .transform(({ archived, in_trash: inTrash, has_children: hasChildren, ...facts }) => ({
    id: facts.id,
    type: facts.type,
    parent: facts.parent,
    last_edited_time: facts.last_edited_time,
    in_trash: inTrash ?? archived ?? false,
    has_children: hasChildren ?? true,
    value: fieldsOf(facts[facts.type]),
  }));
export type NotionBlock = z.output<typeof block>;

const requestStatus = lenient.object({ type: lenient.text });

function listOfEach<Element extends z.ZodType>(element: Element) {
  return z.object({
    object: z.literal('list'),
    results: readableOf(element),
    has_more: flag,
    next_cursor: lenient.text,
    request_status: requestStatus,
  });
}

export const searchPage = listOfEach(z.union([page, dataSource]));
export type SearchPage = z.output<typeof searchPage>;
/** The contents of a data source: its rows, and in a wiki also databases. */
export const rowsPage = listOfEach(z.union([page, dataSource]));
export type RowsPage = z.output<typeof rowsPage>;
export const blocksPage = listOfEach(block);
export const commentsPage = listOfEach(
  z.object({ rich_text: words, display_name: lenient.object({ resolved_name: lenient.anyText }) }),
);
/** A property's values: a page of them, or a single one. */
export const propertyValues = z.union([
  listOfEach(z.unknown()).extend({ property_item: z.unknown().optional() }),
  z.looseObject({ object: z.literal('property_item') }),
]);
export const markdown = z.object({
  object: z.literal('page_markdown'),
  markdown: z.string(),
  /** Whether blocks are missing, whose ids are then listed. */
  truncated: flag,
  unknown_block_ids: lenient.list(id),
});
export const person = z.object({
  object: z.literal('user'),
  id,
  name: lenient.anyText,
  person: lenient.object({ email: lenient.text }),
});
export const user = z.object({ object: z.literal('user'), bot: z.unknown().optional() });

export interface Paging {
  readonly has_more?: boolean | undefined;
  readonly next_cursor?: string | undefined;
}
