import type { WeightedWord } from '../embedder.ts';
import type { SemanticTable } from './table.ts';

/** Longer questions and passages are compared by their first words. */
const maxQuestionWords = 32;
const maxPassageWords = 600;
/** Number of words whose directions are kept: 8 MB. */
const cachedWords = 10_000;
/** Scripts without spaces between words, whose pieces are compared instead. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;

/** A word's direction, and its length: how much the model knows of it. */
interface Word {
  readonly key: string;
  readonly direction: Float32Array;
  readonly length: number;
}

/**
 * Compares a question with passages word by word: each word of the question counts by its nearest word in the passage. A
 * long passage is not diluted by what else it says, as it is in one vector, and words that are equal count in full.
 */
export function createWordComparer(
  table: SemanticTable,
): (question: readonly WeightedWord[], passages: readonly string[]) => number[] {
  const cache = new Map<string, readonly Word[]>();
  const wordsIn = (text: string, max: number): Word[] => {
    const found = new Map<string, Word>();
    for (const [written] of text.normalize('NFKC').matchAll(/[\p{L}\p{N}\p{M}_]+/gu)) {
      for (const word of lookUp(table, cache, written)) found.set(word.key, word);
      if (found.size >= max) break;
    }
    return [...found.values()];
  };
  return (question, passages) => {
    const asked = question
      .flatMap(({ word, weight }) =>
        wordsIn(word, maxQuestionWords).map((each) => ({ ...each, weight: weight * each.length })),
      )
      .slice(0, maxQuestionWords);
    const total = asked.reduce((sum, { weight }) => sum + weight, 0);
    return passages.map((passage) => {
      const words = wordsIn(passage, maxPassageWords);
      const sum = asked.reduce((all, word) => all + word.weight * likenessOf(word, words) ** 2, 0);
      return total === 0 ? 0 : sum / total;
    });
  };
}

function lookUp(table: SemanticTable, cache: Map<string, readonly Word[]>, written: string): readonly Word[] {
  const known = cache.get(written);
  if (known !== undefined) return known;
  if (cache.size >= cachedWords) cache.clear();
  // The model knows capitals as names and emphasis; of a word in capitals only, it knows little.
  const spelled = written.length > 1 && written === written.toUpperCase() ? written.toLowerCase() : written;
  const ids = [...table.unigrams.idsOf(spelled)];
  const groups = unspaced.test(spelled) ? ids.map((id) => [id]) : [ids];
  const words = groups.flatMap(
    (group, i) => wordOf(table, group, groups.length === 1 ? keyOf(written) : `${i}${written}`) ?? [],
  );
  cache.set(written, words);
  return words;
}

/** Without case and accents. */
function keyOf(written: string): string {
  return written.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

function wordOf({ dimensions, scales, vectors }: SemanticTable, ids: readonly number[], key: string): Word | null {
  const direction = new Float32Array(dimensions);
  for (const id of ids)
    for (let i = 0; i < dimensions; i++)
      direction[i] = (direction[i] ?? 0) + (scales[id] ?? 0) * (vectors[id * dimensions + i] ?? 0);
  const length = Math.hypot(...direction);
  return length === 0 ? null : { key, direction: direction.map((value) => value / length), length };
}

/** Returns the cosine to the nearest word, at least 0. */
function likenessOf(word: Word, words: readonly Word[]): number {
  let best = 0;
  for (const { key, direction } of words) {
    if (key === word.key) return 1;
    let cosine = 0;
    for (let i = 0; i < direction.length; i++) cosine += (direction[i] ?? 0) * (word.direction[i] ?? 0);
    if (cosine > best) best = cosine;
  }
  return best;
}
