/** Words about vectors that several rooms share. Imports nothing. */

/** `pgvector`, or `pinecone/<index>`: another Pinecone index is another store. */
export type VectorStore = 'pgvector' | `pinecone/${string}`;

/** Which vectors are meant: another store, model or size means other vectors. */
export interface VectorSpace {
  readonly store: VectorStore;
  readonly model: string;
  readonly dimensions: number;
}

export function isSameSpace(a: VectorSpace, b: VectorSpace): boolean {
  return a.store === b.store && hasSameModel(a, b);
}

/** Can vectors be carried over as they are? */
export function hasSameModel(a: VectorSpace, b: VectorSpace): boolean {
  return a.model === b.model && a.dimensions === b.dimensions;
}

/** What a comparison of Postgres with the vector stores found; without `dryRun` all of it is repaired. */
export interface VectorCheck {
  readonly users: number;
  /** Texts of live documents compared. */
  readonly texts: number;
  /** Texts of live documents that no vector was recorded for: they are embedded. */
  readonly unrecorded: number;
  /** Recorded vectors that the store does not have: they are embedded again. */
  readonly lost: number;
  /** Vectors in the store that nothing records: they are deleted there. */
  readonly unknown: number;
  /** Recorded vectors of texts that no document holds any more: they are deleted. */
  readonly unused: number;
  /** Vectors whose labels for filters are behind: they are labelled again. */
  readonly mislabelled: number;
}

export interface VectorMove {
  readonly users: number;
  /** Vectors carried over or embedded anew. */
  readonly vectors: number;
}
