import type { VectorRecord } from './vector-index.ts';

/** The vendor's: 1,000 records or 2 MB a request, whichever is first; some room is left for the rest of the body. */
const maxRecords = 1000;
const maxBytes = 1_900_000;
/** A fetch names its ids in the address. */
export const idsPerFetch = 100;

export interface PineconeVector {
  readonly id: string;
  readonly values: number[];
  readonly metadata: { readonly labels: string[] };
}

/** As many records as a request may carry, by their own bytes: the same count may be a tenth or ten times as long. */
export function* packUpserts(
  records: readonly VectorRecord[],
  labels: ReadonlyMap<string, string[]>,
): Generator<PineconeVector[]> {
  let batch: PineconeVector[] = [];
  let bytes = 0;
  for (const { textHash, vector } of records) {
    // Nine digits are all a 32-bit number has; JavaScript would write seventeen.
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
