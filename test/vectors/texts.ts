/** Texts and their vectors for tests. */

import { createHash } from 'node:crypto';
import type { VectorRecord } from '../../content/vectors/vector-index.ts';

export const dimensions = 16;

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Each text has its own direction; texts with the same beginning are near each other. */
export function vectorOf(text: string): Float32Array {
  const [group = ''] = text.split(' ');
  const numbers = Array.from({ length: dimensions }, (_, i) => noise(group, i) + 0.2 * noise(text, i));
  const length = Math.hypot(...numbers);
  return Float32Array.from(numbers, (value) => value / length);
}

function noise(text: string, i: number): number {
  return createHash('sha256').update(`${text}/${i}`).digest().readInt32BE(0) / 2 ** 31;
}

export function recordOf(text: string): VectorRecord {
  return { textHash: hashOf(text), vector: vectorOf(text) };
}
