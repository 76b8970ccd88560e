import type { ReadDocument } from '../../domain/transformations.ts';

/** Checks whether there are pages whose text must be recognized first. */
export function isScan({ scannedPages = [] }: ReadDocument): boolean {
  return scannedPages.length > 0;
}
