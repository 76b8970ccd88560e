/** Types for vectors that several modules share. Imports nothing. */

/** `pgvector`, or `pinecone/<index>`. Each Pinecone index is a separate store. */
export type VectorStore = 'pgvector' | `pinecone/${string}`;

/** Identifies a set of vectors. A different store, model or size means different vectors. */
export interface VectorSpace {
  readonly store: VectorStore;
  readonly model: string;
  readonly dimensions: number;
}

export function isSameSpace(a: VectorSpace, b: VectorSpace): boolean {
  return a.store === b.store && hasSameModel(a, b);
}

/** Whether vectors can be copied without embedding the texts again. */
export function hasSameModel(a: VectorSpace, b: VectorSpace): boolean {
  return a.model === b.model && a.dimensions === b.dimensions;
}

/** The result of comparing Postgres with the vector stores. Without `dryRun`, all differences are repaired. */
export interface VectorCheck {
  readonly users: number;
  /** Texts of live documents that were compared. */
  readonly texts: number;
  /** Texts of live documents without a recorded vector. They are embedded. */
  readonly unrecorded: number;
  /** Recorded vectors that are missing from the store. They are embedded again. */
  readonly lost: number;
  /** Vectors in the store without a record. They are deleted from the store. */
  readonly unknown: number;
  /** Recorded vectors of texts that no document contains any more. They are deleted. */
  readonly unused: number;
  /** Vectors whose filter labels are outdated. They are labeled again. */
  readonly mislabeled: number;
}

export interface VectorMove {
  readonly users: number;
  /** Vectors that were copied or embedded again. */
  readonly vectors: number;
}

/** An embedding model that understands more than the one in use, for who accepts what it costs. */
export interface FinerModel {
  readonly model: string;
  /** The size of the model's files, which are downloaded once. */
  readonly downloadBytes: number;
  /** The approximate speed on two cores. */
  readonly tokensPerSecond: number;
}

/** Stores compute in 32 bits, where the squares of smaller numbers are zero and those of larger ones infinite. */
const squaresOfUsable = { min: 1e-30, max: 1e30 } as const;

/**
 * Whether a vector can be compared with others: its numbers are finite, and one is not zero. The sum of their squares
 * shows both. A loop, because `every` calls a function for each number, which took 0.3 s for 11,000 vectors of 256.
 */
export function isUsableVector(vector: Float32Array): boolean {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] ?? 0;
    squares += value * value;
  }
  return squares > squaresOfUsable.min && squares < squaresOfUsable.max;
}
