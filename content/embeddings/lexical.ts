import { createHash } from 'node:crypto';
import { CallLimits } from './call-limits.ts';
import type { Embedder } from './embedder.ts';
import { e5 } from './semantic/e5-facts.ts';

/** Word parts of this length also count, so that `invoice` and `invoices` are close. */
const gramLength = 4;
const gramWeight = 0.35;
const words = /[\p{L}\p{N}]+/gu;

const modelPrefix = 'local-lexical-';

/** The size in a name like `local-lexical-384`; null for other models. */
export function lexicalDimensions(model: string): number | null {
  const size = /^local-lexical-(\d+)$/.exec(model)?.[1];
  return size === undefined ? null : Number(size);
}

/**
 * A deterministic, purely lexical embedder: words and word parts, hashed into dimensions. It finds the same words, not
 * the same meaning, and lets Headwater run without a key. Its name says so wherever it is shown.
 */
export function createLexicalEmbedder(dimensions = 384): Embedder {
  return {
    model: `${modelPrefix}${dimensions}`,
    dimensions,
    limits: new CallLimits({ inputs: 256, callTokens: 1_000_000 }),
    maxCallConcurrency: 1,
    dollarsPerMillionTokens: 0,
    tokensPerSecond: 500_000,
    finer: e5,
    // It adds nothing to full-text search except misspelled words.
    searchWeight: 0.1,
    minSimilarity: { besideWords: { cosine: 0, shareOfBest: 0 }, alone: { cosine: 0.1, shareOfBest: 0.5 } },
    embed: async (texts) => texts.map((text) => embedOne(text, dimensions)),
  };
}

function embedOne(text: string, dimensions: number): Float32Array {
  const counts = new Map<string, number>();
  for (const [word] of text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().matchAll(words)) {
    count(counts, word, 1);
    for (let i = 0; i + gramLength <= word.length; i++) count(counts, `#${word.slice(i, i + gramLength)}`, gramWeight);
  }
  const vector = new Float32Array(dimensions);
  for (const [feature, weight] of counts) {
    const hash = hashOf(feature);
    const at = hash % dimensions;
    vector[at] = (vector[at] ?? 0) + ((hash & 0x8000_0000) === 0 ? 1 : -1) * Math.sqrt(weight);
  }
  return toUnitLength(vector, text);
}

function count(counts: Map<string, number>, feature: string, weight: number): void {
  counts.set(feature, (counts.get(feature) ?? 0) + weight);
}

/** FNV-1a, 32 bits: spreads features well enough, and is fast. */
function hashOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < feature.length; i++) hash = Math.imul(hash ^ feature.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A text without any word still needs a vector with a direction, so it gets its own. */
function toUnitLength(vector: Float32Array, text: string): Float32Array {
  const length = Math.hypot(...vector);
  if (length > 0) return vector.map((value) => value / length);
  const at = createHash('sha256').update(text).digest().readUInt32BE(0) % vector.length;
  vector[at] = 1;
  return vector;
}
