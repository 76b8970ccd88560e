/** Which items of a source its config selects, beyond what the vendor's own listing narrows. */

/** An item or a container with its place in the source. */
export interface PlacedEntry {
  readonly kind: 'item' | 'container';
  readonly name: string;
  /** From the top of the source, with `/` between its parts, as far as the containers above are known. */
  readonly path: string;
  /** Ids of the containers above, nearest first, and of a container itself; null if not all of them are known. */
  readonly containers: readonly string[] | null;
  readonly mimeType: string | null;
  /** UTC ISO 8601. */
  readonly modifiedAt: string | null;
}

export type Selects = (entry: PlacedEntry) => boolean;
