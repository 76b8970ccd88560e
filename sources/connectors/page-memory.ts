/**
 * Detects endless listings: a listing keeps a memory of its last pages in its cursor and so notices when it goes around
 * in circles.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';

/** If a page equals one of the last few this many times in a row, the listing is circular. */
const maxRepeats = 3;
/** A page is compared with this many earlier pages. */
const memoryLength = 8;
/**
 * Vendors send empty pages between full ones, but only a limited number: Slack and SharePoint empty a page of what the
 * account may not see, or has excluded, after they have filled it with up to a thousand entries.
 */
const maxEmptyPages = 400;

export const pageMemory = z.object({
  recent: z.array(z.string()),
  repeats: z.number(),
  empty: z.number(),
});
export type PageMemory = z.infer<typeof pageMemory>;

export const noPages: PageMemory = { recent: [], repeats: 0, empty: 0 };

/** @param facts everything in a page that differs when the content differs: ids, versions, paths */
export function rememberPage(memory: PageMemory, facts: readonly unknown[]): PageMemory {
  if (facts.length === 0) return { ...memory, empty: memory.empty + 1 };
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 12);
  const repeats = memory.recent.includes(hash) ? memory.repeats + 1 : 0;
  return { recent: [...memory.recent.filter((known) => known !== hash), hash].slice(-memoryLength), repeats, empty: 0 };
}

/** Checks whether the vendor keeps sending the same pages, or empty ones. */
export function isEndless({ repeats, empty }: PageMemory): boolean {
  return repeats >= maxRepeats || empty >= maxEmptyPages;
}
