/**
 * Rows of numbers for some of many things, which are numbered from 0. All rows lie one after another in one array, which
 * is faster than an array for each of thousands, and is used again once they are cleared.
 */
export class Rows {
  numbers = new Float64Array(2 ** 14);
  /** The place of each thing's row, if its round is the current one. */
  #places = new Int32Array(2 ** 14);
  #rounds = new Int32Array(2 ** 14);
  #round = 0;
  #length = 0;
  #end = 0;

  /** Forgets all rows; the next ones have this length. */
  clear(length: number): void {
    this.#round++;
    this.#length = length;
    this.#end = 0;
  }

  /** Returns the place of the first number of a thing's row; -1 if it has none. */
  placeOf(thing: number): number {
    return this.#rounds[thing] === this.#round ? (this.#places[thing] ?? 0) : -1;
  }

  /** Adds a row of zeros. @returns the place of its first number */
  add(thing: number): number {
    const place = this.#end;
    this.#end += this.#length;
    while (this.#end > this.numbers.length) this.numbers = enlarged(this.numbers, Float64Array);
    while (thing >= this.#rounds.length) {
      this.#places = enlarged(this.#places, Int32Array);
      this.#rounds = enlarged(this.#rounds, Int32Array);
    }
    this.numbers.fill(0, place, this.#end);
    this.#places[thing] = place;
    this.#rounds[thing] = this.#round;
    return place;
  }
}

/** Returns an array of twice the length that begins with the same numbers. */
function enlarged<A extends Float64Array | Int32Array>(array: A, Kind: new (length: number) => A): A {
  const larger = new Kind(2 * array.length);
  larger.set(array);
  return larger;
}
