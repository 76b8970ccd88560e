import { hash } from 'node:crypto';
import { foldLetters, markHumps, spellNames } from '../../words/words.ts';
import { lengthOf, type SemanticTable, sumOf } from './table.ts';

/** Longer passages are compared by their first words. */
const maxPassageWords = 600;
/** Number of recent passages whose words are kept, and as many of those before them: about 8 MB in all. */
const maxRecentPassages = 4000;
/** Scripts without spaces between words, whose pieces are compared instead. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;
const writtenWords = /[\p{L}\p{N}\p{M}]+/gu;

/**
 * The words of recent texts and what the model knows of them. Each word is a number, from 0 in the order in which they
 * were found: a search looks at ten thousand in turn, and objects of their own would be as many places in memory to
 * wait for.
 */
export class KnownWords {
  /** The pieces of each word. */
  readonly pieces: (readonly number[])[] = [];
  /** The length of the sum of its pieces' vectors: how much the model knows of it. */
  readonly lengths: number[] = [];
  /** Equal words have equal keys, whatever their case, accents and spelling, as in the word index. */
  readonly keys: number[] = [];
  readonly #table: SemanticTable;
  /** By what is written between two spaces: one word, or several in a script without spaces. */
  readonly #byWritten = new Map<string, readonly number[]>();
  readonly #numberOfKey = new Map<string, number>();
  /** The last text in which each word was found, so that it is taken once from each. */
  readonly #texts: number[] = [];
  #text = 0;
  /** By the hash of the passage, so that no text of a user stays in memory. */
  #recent = new Map<string, Int32Array>();
  #older: ReadonlyMap<string, Int32Array> = new Map();

  constructor(table: SemanticTable) {
    this.#table = table;
  }

  /** Returns the distinct words of a passage, which is likely to be asked for again: searches find the same ones. */
  ofPassage(passage: string): Int32Array {
    const key = hash('sha256', passage, 'base64');
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const words = this.#older.get(key) ?? Int32Array.from(this.wordsIn(passage, maxPassageWords));
    if (this.#recent.size >= maxRecentPassages) [this.#older, this.#recent] = [this.#recent, new Map()];
    this.#recent.set(key, words);
    return words;
  }

  /** Returns distinct words, the first ones of the text. */
  wordsIn(text: string, max: number): number[] {
    this.#text++;
    const found: number[] = [];
    for (const written of writtenIn(text)) {
      // A part of a string keeps all of it in memory, so what is kept is a copy.
      for (const word of this.#byWritten.get(written) ?? this.#read(Buffer.from(written).toString())) {
        if (this.#texts[word] === this.#text) continue;
        this.#texts[word] = this.#text;
        found.push(word);
      }
      if (found.length >= max) break;
    }
    return found;
  }

  #read(written: string): readonly number[] {
    // The model knows capitals as names and emphasis; of a word in capitals only, it knows little.
    const spelled = written.length > 1 && written === written.toUpperCase() ? written.toLowerCase() : written;
    const ids = this.#table.unigrams.idsOf(spelled);
    const groups = !isAscii(spelled) && unspaced.test(spelled) ? ids.map((id) => [id]) : [ids];
    const words = groups.flatMap((pieces, i) => {
      const length = lengthOf(sumOf(this.#table, pieces));
      return length === 0
        ? []
        : [this.#add(pieces, length, groups.length === 1 ? foldLetters(written) : `${i}${written}`)];
    });
    this.#byWritten.set(written, words);
    return words;
  }

  #add(pieces: readonly number[], length: number, written: string): number {
    const key = this.#numberOfKey.get(written) ?? this.#numberOfKey.size;
    this.#numberOfKey.set(written, key);
    this.pieces.push(pieces);
    this.lengths.push(length);
    this.keys.push(key);
    return this.#texts.push(0) - 1;
  }
}

/** Names and numbers are taken apart as the word index does. */
function writtenIn(text: string): readonly string[] {
  const spelled = markHumps(spellNames(text));
  return (isAscii(text) ? spelled.match(/[A-Za-z0-9]+/g) : spelled.normalize('NFKC').match(writtenWords)) ?? [];
}

function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text);
}
