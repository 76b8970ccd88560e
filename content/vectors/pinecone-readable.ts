import { idsPerFetch, slices } from './pinecone-batches.ts';

/**
 * Returns which of these writes, oldest first, can be read: by the sequence number that the store has reached, which
 * any answer may contain; without it, by reading each one.
 */
export async function findVisible(
  waiting: readonly { readonly textHash: string; readonly sequence: number }[],
  fetch: (ids: readonly string[]) => Promise<{ readonly found: string[]; readonly indexed: number | null }>,
): Promise<string[]> {
  const newest = waiting.at(-1);
  if (newest === undefined) return [];
  const { indexed } = await fetch([newest.textHash]);
  const isNumbered = (write: { readonly sequence: number }): boolean => indexed !== null && write.sequence > 0;
  const readable = waiting
    .filter((write) => isNumbered(write) && write.sequence <= (indexed ?? 0))
    .map((write) => write.textHash);
  const byReading = waiting.filter((write) => !isNumbered(write)).map((write) => write.textHash);
  for (const ids of slices(byReading, idsPerFetch)) readable.push(...(await fetch(ids)).found);
  return readable;
}

export function sequenceOf(headers: Headers, name: string): number | null {
  const value = Number(headers.get(name) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}
