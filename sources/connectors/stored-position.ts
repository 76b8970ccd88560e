import type { z } from 'zod';
import { SyncError } from '../../domain/errors.ts';

/**
 * Parses a cursor or a checkpoint that its connector wrote. An unreadable one is treated like one that the vendor no
 * longer accepts.
 * @throws SyncError `checkpoint_expired`
 */
export function readStored<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new SyncError('checkpoint_expired', {
      message: 'The saved position cannot be read, so everything is listed again.',
      cause: error,
    });
  }
}
