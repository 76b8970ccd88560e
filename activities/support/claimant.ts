import { createHash } from 'node:crypto';
import { toUuid } from '../../domain/uuid.ts';

/**
 * Identifies who claims texts for embedding. It is the same for every attempt at the same work, so that one after a
 * crash gets its own claims back.
 * @param work what tells the work from all other
 */
export function claimantOf(...work: readonly unknown[]): string {
  return toUuid(createHash('sha256').update(JSON.stringify(work)).digest('hex').slice(0, 32));
}
