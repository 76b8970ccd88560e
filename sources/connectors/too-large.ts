import { SyncError } from '../../domain/errors.ts';

/**
 * The error for an item that is larger than the operator lets readers read (`MAX_ITEM_BYTES`).
 * @param maxBytes null where only the vendor's client knows the limit
 */
export function tooLargeToRead(
  what: 'file' | 'message' | 'page' | 'text' | 'answer',
  maxBytes: number | null,
): SyncError {
  const limit = maxBytes === null ? 'the limit' : `${Math.floor(maxBytes / 1_048_576)} MB, the limit`;
  return new SyncError('too_large', { scope: 'item', message: `The ${what} is larger than ${limit} for reading.` });
}
