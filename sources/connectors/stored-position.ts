import type { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';

/**
 * A cursor or a checkpoint as its connector wrote it. One that cannot be read is as lost as one the vendor no longer knows.
 * @throws SyncError `checkpoint_expired`
 */
export function readStored<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new SyncError('checkpoint_expired', {
      message: 'The saved position cannot be read; everything is listed again.',
      cause: error,
    });
  }
}
