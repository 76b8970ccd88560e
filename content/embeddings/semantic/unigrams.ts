/** SentencePiece's marker for the beginning of a word. */
const wordStart = '\u2581';
/** Natural logarithm of the cost of a character that no piece contains. */
const unknownCost = -20;
/** Longer runs without a space are cut, so that the time stays linear in the text. */
const maxRun = 512;

/** Splits text into the most probable pieces of a vocabulary, as SentencePiece's unigram models do (Kudo, 2018). */
export class Unigrams {
  readonly #index: PieceIndex;
  readonly #logProbabilities: Float32Array;
  readonly #lengths: Uint16Array;
  readonly #longest: number;
  #paths = new Paths(maxRun + wordStart.length);

  constructor(pieces: readonly string[], logProbabilities: Float32Array) {
    this.#index = new PieceIndex(pieces);
    this.#logProbabilities = logProbabilities;
    this.#lengths = Uint16Array.from(pieces, (piece) => piece.length);
    this.#longest = this.#lengths.reduce((most, length) => Math.max(most, length), 1);
  }

  /** Returns the ids of the text's pieces in order; characters that no piece contains are left out. */
  idsOf(text: string): number[] {
    const ids: number[] = [];
    for (const word of wordsOf(text)) {
      for (let at = 0; at < word.length; at += maxRun) {
        const run = word.length <= maxRun ? word : word.slice(at, at + maxRun);
        for (const id of this.#piecesOf(at === 0 ? wordStart + run : run)) ids.push(id);
      }
    }
    return ids;
  }

  /** Returns the natural logarithm of a word's probability: that of its most probable pieces. */
  likelihoodOf(word: string): number {
    const pieces = this.#piecesOf(wordStart + word);
    const known = pieces.reduce((sum, id) => sum + (this.#logProbabilities[id] ?? 0), 0);
    const covered = pieces.reduce((sum, id) => sum + (this.#lengths[id] ?? 0), 0);
    return known + unknownCost * Math.max(0, word.length + 1 - covered);
  }

  /** Viterbi: finds the best path to each position from the left, then follows it back. */
  #piecesOf(word: string): number[] {
    if (word.length > this.#paths.longest) this.#paths = new Paths(word.length);
    const { best, from, by } = this.#paths.clear(word.length);
    for (let start = 0; start < word.length; start++) {
      const sofar = best[start] ?? 0;
      const furthest = Math.min(word.length, start + this.#longest);
      let hash = 0;
      for (let end = start + 1; end <= furthest; end++) {
        hash = hashWith(hash, word.charCodeAt(end - 1));
        const id = this.#index.find(hash, word, start, end);
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

/** Splits a text at white space. A text without other characters than ASCII is its own normal form. */
function wordsOf(text: string): readonly string[] {
  const isPlain = !/[^\t\n\r -~]/.test(text);
  return (isPlain ? text.match(/[!-~]+/g) : text.normalize('NFKC').match(/[^\s\p{C}]+/gu)) ?? [];
}

/** The best path to each position of a word. It is used for one word after another. */
class Paths {
  /** The longest word, in UTF-16 code units. */
  readonly longest: number;
  /** The score of the best path. */
  readonly best: Float64Array;
  /** The place where its last piece begins. */
  readonly from: Int32Array;
  /** Its last piece, or -1 for a character that no piece contains. */
  readonly by: Int32Array;

  constructor(longest: number) {
    this.longest = longest;
    this.best = new Float64Array(longest + 1);
    this.from = new Int32Array(longest + 1);
    this.by = new Int32Array(longest + 1);
  }

  clear(length: number): this {
    this.best.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    this.best[0] = 0;
    return this;
  }
}

/** Adds a character to the hash (FNV-1a) of those before it. */
function hashWith(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01_00_01_93);
}

/**
 * Finds pieces by the hash of their characters. Splitting a word looks up each of its parts, and a string for each of
 * them, with its own hash, takes five times as long.
 */
class PieceIndex {
  readonly #pieces: readonly string[];
  readonly #hashes: Int32Array;
  /** Ids plus one; 0 is a free place. */
  readonly #ids: Int32Array;
  readonly #mask: number;

  constructor(pieces: readonly string[]) {
    // At most half of the places are used, so that the next free one is near.
    const size = 2 ** Math.ceil(Math.log2(2 * pieces.length + 1));
    this.#pieces = pieces;
    this.#hashes = new Int32Array(size);
    this.#ids = new Int32Array(size);
    this.#mask = size - 1;
    for (const [id, piece] of pieces.entries()) this.#add(id, piece);
  }

  /** Returns the id of the piece that is `word.slice(start, end)` and has this hash; -1 if there is none. */
  find(hash: number, word: string, start: number, end: number): number {
    for (let place = this.#firstPlace(hash); ; place = (place + 1) & this.#mask) {
      const id = (this.#ids[place] ?? 0) - 1;
      if (id < 0) return -1;
      if (this.#hashes[place] !== hash) continue;
      const piece = this.#pieces[id] ?? '';
      if (piece.length === end - start && word.startsWith(piece, start)) return id;
    }
  }

  #add(id: number, piece: string): void {
    let hash = 0;
    for (let i = 0; i < piece.length; i++) hash = hashWith(hash, piece.charCodeAt(i));
    let place = this.#firstPlace(hash);
    while (this.#ids[place] !== 0) place = (place + 1) & this.#mask;
    this.#ids[place] = id + 1;
    this.#hashes[place] = hash;
  }

  #firstPlace(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}
