/**
 * What an answer of Pinecone must contain. Its client checks nothing: an answer without records would be a store without
 * vectors, and one without numbers a vector of zeros.
 */

import { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';

const id = z.string().min(1);
/** Rounding may take a cosine a little beyond 1. */
const cosine = z.number().min(-1.01).max(1.01);

export const done = z.object({});
export const upserted = z.object({ upsertedCount: z.number() });
export const fetched = z.object({ vectors: z.record(z.string(), z.object({ id, values: z.array(z.number()) })) });
export const listed = z.object({
  vectors: z.array(z.object({ id })),
  pagination: z.object({ next: z.string().nullish() }).nullish(),
});
export const matched = z.object({ matches: z.array(z.object({ id, score: cosine })) });
/** A 64-bit number, which may be written as text. */
export const counted = z.object({
  record_count: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .pipe(z.int().nonnegative()),
});
export const describedIndex = z.object({
  host: z.string().min(1),
  status: z.object({ ready: z.boolean(), state: z.string().min(1) }),
  schema: z.object({ fields: z.record(z.string(), z.unknown()) }),
});
export const indexField = z.object({ type: z.string().min(1) });
export const denseField = z.object({ dimension: z.int().positive(), metric: z.string().min(1) });

/** @throws SyncError `unavailable` if the answer has another shape: it is no answer, so the call is repeated */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw unreadableAnswer();
}

/** @param status of the answer, if it was not a success */
export function unreadableAnswer(status?: number): SyncError {
  return new SyncError('unavailable', {
    code: 'vector_store_unavailable',
    message:
      'Pinecone gave an answer that Headwater cannot read. The request is retried automatically. If this persists, look for a proxy or a sign-in page in between.',
    operatorMessage: `Pinecone: an answer of another shape${status === undefined ? '' : ` (status ${status})`}`,
  });
}
