/** No listing goes on for ever: what a listing remembers of its last pages travels in its cursor, and tells when it turns in a circle. */

import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A page that is the same as one of the last few, this often in a row, is a circle and no coincidence. */
const maxRepeats = 3;
/** Pages are compared with this many before them. */
const memoryLength = 8;
/** Vendors send empty pages between full ones, but not without end. */
const maxEmptyPages = 100;

export const pageMemory = z.object({
  recent: z.array(z.string()),
  repeats: z.number(),
  empty: z.number(),
});
export type PageMemory = z.infer<typeof pageMemory>;

export const noPages: PageMemory = { recent: [], repeats: 0, empty: 0 };

/** @param facts all of a page that a change would change: ids, versions, places */
export function rememberPage(memory: PageMemory, facts: readonly unknown[]): PageMemory {
  if (facts.length === 0) return { ...memory, empty: memory.empty + 1 };
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 12);
  const repeats = memory.recent.includes(hash) ? memory.repeats + 1 : 0;
  return { recent: [...memory.recent.filter((known) => known !== hash), hash].slice(-memoryLength), repeats, empty: 0 };
}

/** Did the vendor give the same pages, or nothing at all, again and again? */
export function isEndless({ repeats, empty }: PageMemory): boolean {
  return repeats >= maxRepeats || empty >= maxEmptyPages;
}
