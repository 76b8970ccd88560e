/** SentencePiece's marker for the beginning of a word. */
const wordStart = '\u2581';
/** Natural logarithm of the cost of a character that no piece contains. */
const unknownCost = -20;
/** Size of the cache of recent words with their pieces: a few thousand words make up most of any text. */
const cachedWords = 50_000;
const cachedLength = 24;
/** Longer runs without a space are cut, so that the time stays linear in the text. */
const maxRun = 512;

/** Splits text into the most probable pieces of a vocabulary, as SentencePiece's unigram models do (Kudo, 2018). */
export class Unigrams {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #logProbabilities: Float32Array;
  readonly #lengths: Uint16Array;
  readonly #longest: number;
  readonly #cache = new Map<string, readonly number[]>();

  constructor(pieces: readonly string[], logProbabilities: Float32Array) {
    this.#ids = new Map(pieces.map((piece, id) => [piece, id]));
    this.#logProbabilities = logProbabilities;
    this.#lengths = Uint16Array.from(pieces, (piece) => piece.length);
    this.#longest = this.#lengths.reduce((most, length) => Math.max(most, length), 1);
  }

  /** Yields the ids of the text's pieces in order; characters that no piece contains are left out. */
  *idsOf(text: string): Generator<number> {
    for (const [word] of text.normalize('NFKC').matchAll(/[^\s\p{C}]+/gu)) {
      for (let at = 0; at < word.length; at += maxRun) {
        const run = word.slice(at, at + maxRun);
        yield* this.#piecesOf(at === 0 ? wordStart + run : run);
      }
    }
  }

  /** Returns the natural logarithm of a word's probability: that of its most probable pieces. */
  likelihoodOf(word: string): number {
    const pieces = this.#piecesOf(wordStart + word);
    const known = pieces.reduce((sum, id) => sum + (this.#logProbabilities[id] ?? 0), 0);
    const covered = pieces.reduce((sum, id) => sum + (this.#lengths[id] ?? 0), 0);
    return known + unknownCost * Math.max(0, word.length + 1 - covered);
  }

  #piecesOf(word: string): readonly number[] {
    if (word.length > cachedLength) return this.#split(word);
    const known = this.#cache.get(word);
    if (known !== undefined) return known;
    if (this.#cache.size >= cachedWords) this.#cache.clear();
    const ids = this.#split(word);
    this.#cache.set(word, ids);
    return ids;
  }

  /** Viterbi: finds the best path to each position from the left, then follows it back. */
  #split(word: string): number[] {
    const best = new Float64Array(word.length + 1).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(word.length + 1);
    const by = new Int32Array(word.length + 1);
    best[0] = 0;
    for (let start = 0; start < word.length; start++) {
      const sofar = best[start] ?? 0;
      const furthest = Math.min(word.length, start + this.#longest);
      for (let end = start + 1; end <= furthest; end++) {
        const id = this.#ids.get(word.slice(start, end)) ?? -1;
        if (id < 0 && end > start + 1) continue;
        const score = sofar + (id < 0 ? unknownCost : (this.#logProbabilities[id] ?? 0));
        if (score <= (best[end] ?? 0)) continue;
        best[end] = score;
        from[end] = start;
        by[end] = id;
      }
    }
    const ids: number[] = [];
    for (let at = word.length; at > 0; at = from[at] ?? 0) {
      const id = by[at] ?? -1;
      if (id >= 0) ids.push(id);
    }
    return ids.toReversed();
  }
}
