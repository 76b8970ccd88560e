import { z } from 'zod';
import { toUuid } from '../../../domain/uuid.ts';
import { retainDaysField } from '../selection.ts';

export const notionConfig = z.strictObject({
  roots: z
    .array(
      z
        .string()
        .trim()
        .max(2000)
        .refine((text) => toId(text) !== null, 'must be the address of a page or database, or the id at its end'),
    )
    .max(50)
    .default([])
    .describe(
      'Sync only these pages and databases and their contents, given by address or id. Leave it empty for everything shared.',
    )
    .meta({ title: 'Pages and databases', typed: 'Address of a page or database' }),
  retainDays: retainDaysField,
  includeFiles: z
    .boolean()
    .default(true)
    .describe(
      'Also read the files and PDFs in pages, each as a document of its own. This costs one more call per file.',
    ),
  includeComments: z
    .boolean()
    .default(false)
    .describe('Also sync the open comments on each page. This costs one more call per page.'),
});
export type NotionConfig = z.infer<typeof notionConfig>;

/**
 * Returns the id in an address (of the page in the side peek, else of the page itself) or an id in either format; null
 * for anything else.
 */
export function toId(text: string): string | null {
  const peek = /[?&]p=([0-9a-f]{32})/i.exec(text)?.[1];
  const path = text.split(/[?#]/)[0]?.replaceAll(/-(?=[0-9a-f-]*$)/gi, '') ?? '';
  const hex = (peek ?? /(?:^|[^0-9a-f]|)([0-9a-f]{32})$/i.exec(path)?.[1])?.toLowerCase();
  return hex === undefined ? null : toUuid(hex);
}
