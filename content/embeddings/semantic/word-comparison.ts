import type { WeightedWord } from '../embedder.ts';
import type { SemanticTable } from './table.ts';

/** Longer questions and passages are compared by their first words. */
const maxQuestionWords = 32;
const maxPassageWords = 600;
/** Number of words whose directions are kept: 10 MB. */
const maxKept = 50_000;
/** Directions are kept in one byte per dimension. */
const maxByte = 127;
/** Scripts without spaces between words, whose pieces are compared instead. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;
const writtenWords = /[\p{L}\p{N}\p{M}_]+/gu;

/** A word of the question, by its place among the known words. */
interface AskedWord {
  readonly place: number;
  readonly weight: number;
}

/**
 * Compares a question with passages word by word: each word of the question counts by its nearest word in the passage. A
 * long passage is not diluted by what else it says, as it is in one vector, and words that are equal count in full.
 */
export function createWordComparer(
  table: SemanticTable,
): (question: readonly WeightedWord[], passages: readonly string[]) => number[] {
  const known = new KnownWords(table);
  return (question, passages) => {
    known.makeRoom();
    const asked = question
      .flatMap(({ word, weight }) =>
        known.wordsIn(word, maxQuestionWords).map((place) => ({ place, weight: weight * known.lengthOf(place) })),
      )
      .slice(0, maxQuestionWords);
    const total = asked.reduce((sum, { weight }) => sum + weight, 0);
    // Passages about the same have many words in common, so each is compared once.
    const likenesses = new Map<number, Float32Array>();
    return passages.map((passage) => {
      const best = new Float32Array(asked.length);
      for (const place of known.wordsIn(passage, maxPassageWords)) {
        const likeness = likenesses.get(place) ?? known.likenessTo(asked, place);
        likenesses.set(place, likeness);
        for (let i = 0; i < best.length; i++) best[i] = Math.max(best[i] ?? 0, likeness[i] ?? 0);
      }
      const sum = asked.reduce((all, { weight }, i) => all + weight * (best[i] ?? 0) ** 2, 0);
      return total === 0 ? 0 : sum / total;
    });
  };
}

/**
 * The words of recent texts, each with a direction, and a length: how much the model knows of it. They are numbered, and
 * their numbers lie in a row, because a search compares some ten thousand pairs of words.
 */
class KnownWords {
  readonly #table: SemanticTable;
  /** The words of what is written between two spaces: one, or several in a script without spaces. */
  readonly #places = new Map<string, readonly number[]>();
  readonly #directions: Int8Array;
  /** What a byte of the direction counts. */
  readonly #units: number[] = [];
  readonly #lengths: number[] = [];
  readonly #keys: string[] = [];

  constructor(table: SemanticTable) {
    this.#table = table;
    this.#directions = new Int8Array(maxKept * table.dimensions);
  }

  lengthOf(place: number): number {
    return this.#lengths[place] ?? 0;
  }

  /** Forgets all words if half of the room is used, so that one comparison never does. */
  makeRoom(): void {
    if (this.#keys.length < maxKept / 2) return;
    this.#places.clear();
    for (const list of [this.#units, this.#lengths, this.#keys]) list.length = 0;
  }

  /** Returns distinct words, the first ones of the text. */
  wordsIn(text: string, max: number): number[] {
    const found = new Set<number>();
    for (const written of text.normalize('NFKC').match(writtenWords) ?? []) {
      for (const place of this.#places.get(written) ?? this.#add(written)) found.add(place);
      if (found.size >= max) break;
    }
    return [...found];
  }

  /** Returns the cosine of each word of the question to this one; 1 if they are equal. */
  likenessTo(asked: readonly AskedWord[], place: number): Float32Array {
    const likeness = new Float32Array(asked.length);
    for (const [i, word] of asked.entries())
      likeness[i] = this.#keys[word.place] === this.#keys[place] ? 1 : this.#cosine(word.place, place);
    return likeness;
  }

  #cosine(one: number, other: number): number {
    return (this.#units[one] ?? 0) * (this.#units[other] ?? 0) * this.#product(one, other);
  }

  #product(one: number, other: number): number {
    const { dimensions } = this.#table;
    const directions = this.#directions;
    let [a, b] = [one * dimensions, other * dimensions];
    const end = a + dimensions;
    let sum = 0;
    for (; a < end; a++, b++) sum = (sum + (directions[a] ?? 0) * (directions[b] ?? 0)) | 0;
    return sum;
  }

  #add(written: string): readonly number[] {
    // The model knows capitals as names and emphasis; of a word in capitals only, it knows little.
    const spelled = written.length > 1 && written === written.toUpperCase() ? written.toLowerCase() : written;
    const ids = [...this.#table.unigrams.idsOf(spelled)];
    const groups = unspaced.test(spelled) ? ids.map((id) => [id]) : [ids];
    const places = groups.flatMap(
      (group, i) => this.#addWord(group, groups.length === 1 ? keyOf(written) : `${i}${written}`) ?? [],
    );
    this.#places.set(written, places);
    return places;
  }

  #addWord(ids: readonly number[], key: string): number | null {
    const direction = sumOf(this.#table, ids);
    let [squares, largest] = [0, 0];
    for (const value of direction) {
      squares += value * value;
      largest = Math.max(largest, Math.abs(value));
    }
    const length = Math.sqrt(squares);
    const place = this.#keys.length;
    if (length === 0 || place === maxKept) return null;
    const start = place * this.#table.dimensions;
    for (let i = 0; i < direction.length; i++)
      this.#directions[start + i] = Math.round(((direction[i] ?? 0) * maxByte) / largest);
    this.#units.push(largest / maxByte / length);
    this.#lengths.push(length);
    this.#keys.push(key);
    return place;
  }
}

function sumOf({ dimensions, scales, vectors }: SemanticTable, ids: readonly number[]): Float32Array {
  const sum = new Float32Array(dimensions);
  for (const id of ids) {
    const scale = scales[id] ?? 0;
    const row = id * dimensions;
    for (let i = 0; i < dimensions; i++) sum[i] = (sum[i] ?? 0) + scale * (vectors[row + i] ?? 0);
  }
  return sum;
}

/** Without case and accents. */
function keyOf(written: string): string {
  return written.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
