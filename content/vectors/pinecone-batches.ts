import type { VectorRecord } from './vector-index.ts';

/**
 * The vendor's limit is 1,000 records or 2 MB per request, whichever is reached first (docs/vendors/pinecone.md#limits);
 * some room is left for the rest of the body.
 */
const maxRecords = 1000;
const maxBytes = 1_900_000;
/** A fetch passes its ids in the URL. */
export const idsPerFetch = 100;

export interface PineconeVector {
  readonly id: string;
  readonly values: number[];
  readonly metadata: { readonly labels: string[] };
}

/**
 * Packs as many records into a request as fit by their own bytes, because the size of a record varies by a factor of
 * ten or more.
 */
export function* packUpserts(
  records: readonly VectorRecord[],
  labels: ReadonlyMap<string, string[]>,
): Generator<PineconeVector[]> {
  let batch: PineconeVector[] = [];
  let bytes = 0;
  for (const { textHash, vector } of records) {
    // A 32-bit number has at most nine significant digits; JavaScript would write seventeen.
    const values = Array.from(vector, (value) => Number(value.toPrecision(9)));
    const record = { id: textHash, values, metadata: { labels: labels.get(textHash) ?? [] } };
    const length = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (batch.length > 0 && (batch.length >= maxRecords || bytes + length > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}

export function slices<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
