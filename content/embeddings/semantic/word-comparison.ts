import type { WeightedWord } from '../embedder.ts';
import { maxDirections } from './byte-rows.ts';
import { KnownWords } from './known-words.ts';
import { Rows } from './rows.ts';
import { type SemanticTable, sumOf } from './table.ts';

/** Longer questions are compared by their first words. */
const maxQuestionWords = maxDirections;
/** Number of words that are kept, about 150 bytes each. */
const maxKnownWords = 100_000;

interface QuestionWord {
  /** Its number among the known words. */
  readonly word: number;
  readonly weight: number;
}

/**
 * Compares a question with passages word by word: each word of the question counts by its nearest word in the passage. A
 * long passage is not diluted by what else it says, as it is in one vector, and words that are equal count in full.
 * @param maxKnown once it knows more words, it forgets all of them
 */
export function createWordComparer(
  table: SemanticTable,
  maxKnown = maxKnownWords,
): (question: readonly WeightedWord[], passages: readonly string[]) => number[] {
  let known = new KnownWords(table);
  let likenesses = new Likenesses(table, known);
  return (question, passages) => {
    if (known.pieces.length > maxKnown) {
      known = new KnownWords(table);
      likenesses = new Likenesses(table, known);
    }
    const asked = question
      .flatMap(({ word: written, weight }) =>
        known.wordsIn(written, maxQuestionWords).map((word) => ({ word, weight: weight * (known.lengths[word] ?? 0) })),
      )
      .slice(0, maxQuestionWords);
    const total = asked.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return passages.map(() => 0);
    likenesses.ask(asked);
    return passages.map((passage) => {
      const best = likenesses.best(known.ofPassage(passage));
      return asked.reduce((sum, { weight }, i) => sum + weight * (best[i] ?? 0) ** 2, 0) / total;
    });
  };
}

/**
 * How alike the words of passages are to those of one question: cosines, and 1 for equal words. Passages about the same
 * have many words in common, and words many pieces, so each word and each piece is compared once: a search compares
 * about ten thousand. All rows have a number for each word of the question.
 */
class Likenesses {
  readonly #table: SemanticTable;
  readonly #known: KnownWords;
  readonly #ofPieces = new Rows();
  readonly #ofWords = new Rows();
  readonly #placesOfKeys = new Map<number, number[]>();
  #count = 0;

  constructor(table: SemanticTable, known: KnownWords) {
    this.#table = table;
    this.#known = known;
  }

  /** Begins with another question. */
  ask(asked: readonly QuestionWord[]): void {
    this.#count = asked.length;
    this.#ofPieces.clear(asked.length);
    this.#ofWords.clear(asked.length);
    this.#placesOfKeys.clear();
    for (const [i, { word }] of asked.entries()) {
      const key = this.#known.keys[word] ?? 0;
      this.#placesOfKeys.set(key, [...(this.#placesOfKeys.get(key) ?? []), i]);
    }
    this.#table.vectors.setDirections(asked.map(({ word }) => this.#directionOf(word)));
  }

  #directionOf(word: number): Float32Array {
    const length = this.#known.lengths[word] ?? 1;
    return sumOf(this.#table, this.#known.pieces[word] ?? []).map((value) => value / length);
  }

  /** Returns for each word of the question the likeness of the nearest one of these. */
  best(words: Int32Array): Float64Array {
    const best = new Float64Array(this.#count);
    for (let n = 0; n < words.length; n++) {
      const word = words[n] ?? 0;
      const found = this.#ofWords.placeOf(word);
      const place = found < 0 ? this.#add(word) : found;
      const { numbers } = this.#ofWords;
      for (let i = 0; i < best.length; i++) {
        // Directions are rounded to 16 bits, which makes a cosine of 1 up to a hundred-thousandth larger.
        const likeness = Math.min(1, numbers[place + i] ?? 0);
        if (likeness > (best[i] ?? 0)) best[i] = likeness;
      }
    }
    return best;
  }

  #add(word: number): number {
    const place = this.#ofWords.add(word);
    const { numbers } = this.#ofWords;
    const length = this.#known.lengths[word] ?? 1;
    for (const piece of this.#known.pieces[word] ?? []) {
      const found = this.#ofPieces.placeOf(piece);
      const products = found < 0 ? this.#addPiece(piece) : found;
      const { numbers: ofPieces } = this.#ofPieces;
      for (let i = 0; i < this.#count; i++)
        numbers[place + i] = (numbers[place + i] ?? 0) + (ofPieces[products + i] ?? 0) / length;
    }
    for (const i of this.#placesOfKeys.get(this.#known.keys[word] ?? 0) ?? []) numbers[place + i] = 1;
    return place;
  }

  /** Multiplies a piece's vector with the directions of the question's words. */
  #addPiece(piece: number): number {
    const { scales, vectors } = this.#table;
    const place = this.#ofPieces.add(piece);
    vectors.multiply(piece, scales[piece] ?? 0, this.#ofPieces.numbers, place);
    return place;
  }
}
