import type { WeightedWord } from '../embedder.ts';
import { lengthOf, type SemanticTable, sumOf } from './table.ts';

/** Longer questions and passages are compared by their first words. */
const maxQuestionWords = 32;
const maxPassageWords = 600;
/** Number of recent words that are kept, and as many of those before them: 15 MB in all. */
const maxRecent = 40_000;
/** The directions of a question's words are kept as integers of this length: their products with bytes fit 32 bits. */
const unit = 2 ** 20;
/** Scripts without spaces between words, whose pieces are compared instead. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;
const writtenWords = /[\p{L}\p{N}\p{M}_]+/gu;

/** A word with what the model knows of it. */
interface Word {
  /** Equal words have equal keys, whatever their case and accents. */
  readonly key: string;
  readonly pieces: readonly number[];
  /** The length of the sum of its pieces' vectors: how much the model knows of it. */
  readonly length: number;
  /** The last text in which it was found, so that it is taken once from each. */
  text: number;
  /** The last question that it was compared with, by number, and its place there. */
  question: number;
  place: number;
}

interface AskedWord {
  readonly word: Word;
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
  let questions = 0;
  return (question, passages) => {
    const asked = question
      .flatMap(({ word: written, weight }) =>
        known.wordsIn(written, maxQuestionWords).map((word) => ({ word, weight: weight * word.length })),
      )
      .slice(0, maxQuestionWords);
    const total = asked.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) return passages.map(() => 0);
    const likenesses = new Likenesses(table, ++questions, asked);
    return passages.map((passage) => {
      const best = likenesses.best(known.wordsIn(passage, maxPassageWords));
      return asked.reduce((sum, { weight }, i) => sum + weight * (best[i] ?? 0) ** 2, 0) / total;
    });
  };
}

/**
 * How alike the words of passages are to those of one question: cosines, and 1 for equal words. Passages about the same
 * have many words in common, and words many pieces, so each word and each piece is compared once: a search compares
 * about ten thousand. All rows have a number for each word of the question, and lie one after another.
 */
class Likenesses {
  readonly #table: SemanticTable;
  readonly #question: number;
  readonly #asked: readonly AskedWord[];
  readonly #directions: Int32Array;
  readonly #placesOfKeys = new Map<string, number[]>();
  readonly #placesOfPieces = new Map<number, number>();
  readonly #ofPieces = new Rows();
  readonly #ofWords = new Rows();

  /** @param question a number that no other question has */
  constructor(table: SemanticTable, question: number, asked: readonly AskedWord[]) {
    const { dimensions } = table;
    this.#table = table;
    this.#question = question;
    this.#asked = asked;
    this.#directions = new Int32Array(asked.length * dimensions);
    for (const [i, { word }] of asked.entries()) {
      const direction = sumOf(table, word.pieces).map((value) => Math.round((value / word.length) * unit));
      this.#directions.set(direction, i * dimensions);
      this.#placesOfKeys.set(word.key, [...(this.#placesOfKeys.get(word.key) ?? []), i]);
    }
  }

  /** Returns for each word of the question the likeness of the nearest one of these. */
  best(words: readonly Word[]): number[] {
    const count = this.#asked.length;
    const best = Array.from({ length: count }, () => 0);
    for (const word of words) {
      if (word.question !== this.#question) this.#add(word);
      const { numbers } = this.#ofWords;
      for (let i = 0; i < count; i++) {
        const likeness = numbers[word.place + i] ?? 0;
        if (likeness > (best[i] ?? 0)) best[i] = likeness;
      }
    }
    return best;
  }

  #add(word: Word): void {
    const count = this.#asked.length;
    const place = this.#ofWords.add(count);
    for (const piece of word.pieces) {
      const products = this.#placesOfPieces.get(piece) ?? this.#addPiece(piece);
      for (let i = 0; i < count; i++)
        this.#ofWords.numbers[place + i] =
          (this.#ofWords.numbers[place + i] ?? 0) + (this.#ofPieces.numbers[products + i] ?? 0) / word.length;
    }
    for (const i of this.#placesOfKeys.get(word.key) ?? []) this.#ofWords.numbers[place + i] = 1;
    word.question = this.#question;
    word.place = place;
  }

  /** Multiplies a piece's vector with the directions of the question's words. */
  #addPiece(piece: number): number {
    const count = this.#asked.length;
    const place = this.#ofPieces.add(count);
    const scale = (this.#table.scales[piece] ?? 0) / unit;
    for (let i = 0; i < count; i++) this.#ofPieces.numbers[place + i] = scale * this.#product(piece, i);
    this.#placesOfPieces.set(piece, place);
    return place;
  }

  #product(piece: number, asked: number): number {
    const { dimensions, vectors } = this.#table;
    const directions = this.#directions;
    let [a, b] = [piece * dimensions, asked * dimensions];
    const end = a + dimensions;
    let sum = 0;
    for (; a < end; a++, b++) sum = (sum + (vectors[a] ?? 0) * (directions[b] ?? 0)) | 0;
    return sum;
  }
}

/** Rows of numbers in one array, which is faster than an array for each of thousands. */
class Rows {
  numbers = new Float64Array(2 ** 14);
  #end = 0;

  /** Adds a row of zeros. @returns the place of its first number */
  add(length: number): number {
    const place = this.#end;
    this.#end += length;
    if (this.#end > this.numbers.length) {
      const larger = new Float64Array(2 * this.numbers.length);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    return place;
  }
}

/** The words of recent texts. */
class KnownWords {
  readonly #table: SemanticTable;
  /** By what is written between two spaces: one word, or several in a script without spaces. */
  #recent = new Map<string, readonly Word[]>();
  #older: ReadonlyMap<string, readonly Word[]> = new Map();
  #text = 0;

  constructor(table: SemanticTable) {
    this.#table = table;
  }

  /** Returns distinct words, the first ones of the text. */
  wordsIn(text: string, max: number): Word[] {
    this.#text++;
    const found: Word[] = [];
    for (const written of writtenIn(text)) {
      for (const word of this.#wordsOf(written)) {
        if (word.text === this.#text) continue;
        word.text = this.#text;
        found.push(word);
      }
      if (found.length >= max) break;
    }
    return found;
  }

  #wordsOf(written: string): readonly Word[] {
    const recent = this.#recent.get(written);
    if (recent !== undefined) return recent;
    const words = this.#older.get(written) ?? this.#read(written);
    if (this.#recent.size >= maxRecent) [this.#older, this.#recent] = [this.#recent, new Map()];
    this.#recent.set(written, words);
    return words;
  }

  #read(written: string): readonly Word[] {
    // The model knows capitals as names and emphasis; of a word in capitals only, it knows little.
    const spelled = written.length > 1 && written === written.toUpperCase() ? written.toLowerCase() : written;
    const ids = this.#table.unigrams.idsOf(spelled);
    const groups = !isAscii(spelled) && unspaced.test(spelled) ? ids.map((id) => [id]) : [ids];
    return groups.flatMap((pieces, i) => {
      const length = lengthOf(sumOf(this.#table, pieces));
      const key = groups.length === 1 ? keyOf(written) : `${i}${written}`;
      return length === 0 ? [] : [{ key, pieces, length, text: 0, question: 0, place: 0 }];
    });
  }
}

function writtenIn(text: string): readonly string[] {
  return (isAscii(text) ? text.match(/\w+/g) : text.normalize('NFKC').match(writtenWords)) ?? [];
}

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}

/** Without case and accents. */
function keyOf(written: string): string {
  if (isAscii(written)) return written.toLowerCase();
  return written.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
