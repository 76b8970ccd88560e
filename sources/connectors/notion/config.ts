import { z } from 'zod';

export const notionConfig = z.strictObject({
  roots: z
    .array(
      z
        .string()
        .trim()
        .max(2000)
        .refine((text) => toId(text) !== null, 'must be a page’s or a database’s address, or the id at its end'),
    )
    .max(50)
    .default([])
    .describe('Only these pages and databases and what lies in them, by address or id; empty for all that is shared.'),
  includeComments: z
    .boolean()
    .default(false)
    .describe('Also the open comments on each page. Costs a call more for each page.'),
});
export type NotionConfig = z.infer<typeof notionConfig>;

/** The id in an address (of the page shown in a side peek, else of the page itself) or an id in either spelling; null for others. */
export function toId(text: string): string | null {
  const peek = /[?&]p=([0-9a-f]{32})/i.exec(text)?.[1];
  const path = text.split(/[?#]/)[0]?.replaceAll(/-(?=[0-9a-f-]*$)/gi, '') ?? '';
  const hex = (peek ?? /(?:^|[^0-9a-f]|)([0-9a-f]{32})$/i.exec(path)?.[1])?.toLowerCase();
  return hex === undefined ? null : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
