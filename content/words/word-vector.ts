/**
 * The binary form of a `tsvector` (`tsvectorrecv` in PostgreSQL's tsvector.c): the number of words in four bytes, then for
 * each its UTF-8, a zero, the number of its positions and the positions, in two bytes each. Reading it costs PostgreSQL a
 * third of what the text costs.
 */

const countBytes = 4;
const placeBytes = 2;
/** The words' own bytes, without their positions, of which PostgreSQL stores less than a megabyte. */
const maxStored = 2 ** 20;
const maxWordBytes = 2046;
const maxPlaces = 255;
/** A position is in the lower fourteen bits; the upper two are a weight, which words of ours do not have. */
const maxPlace = 0x3fff;

const [space, colon, comma, zero, nine] = [0x20, 0x3a, 0x2c, 0x30, 0x39];

/**
 * Encodes words for the index.
 * @param tag the tag of their user, which each word begins with
 * @param words what `wordsOf` returns: words separated by spaces, each followed by its positions, if it has any
 */
export function encodeVector(tag: string, words: string): Uint8Array {
  const text = Buffer.from(words);
  const prefix = Buffer.from(tag);
  const count = countWords(text);
  // A position has at least two characters in the text, as many as bytes here.
  const bytes = Buffer.allocUnsafe(countBytes + text.length + count * (prefix.length + 1 + placeBytes));
  let at = bytes.writeInt32BE(count);
  for (let from = 0; from < text.length; from++) {
    for (let of = 0; of < prefix.length; of++) bytes[at++] = prefix[of] ?? 0;
    for (; from < text.length && text[from] !== space && text[from] !== colon; from++) bytes[at++] = text[from] ?? 0;
    bytes[at++] = 0;
    const counted = at;
    at += placeBytes;
    let last = 0;
    while (text[from] === colon || text[from] === comma) {
      let place = 0;
      for (from++; isDigit(text[from]); from++) place = 10 * place + (text[from] ?? 0) - zero;
      // Positions beyond the greatest are all the greatest, which is stored once.
      if (place > last) at = putNumber(bytes, place, at);
      last = place;
    }
    putNumber(bytes, (at - counted) / placeBytes - 1, counted);
  }
  return bytes.subarray(0, at);
}

function isDigit(byte = 0): boolean {
  return byte >= zero && byte <= nine;
}

/** @returns where the next one goes */
function putNumber(bytes: Uint8Array, number: number, at: number): number {
  bytes[at] = number >> 8;
  bytes[at + 1] = number & 0xff;
  return at + placeBytes;
}

function countWords(text: Uint8Array): number {
  if (text.length === 0) return 0;
  let count = 1;
  for (let at = 0; at < text.length; at++) if (text[at] === space) count++;
  return count;
}

/**
 * Checks what a reader made, which may have been taken over by a file: what PostgreSQL rejects in this form looks like an
 * error of the server. It checks itself that the words are UTF-8.
 */
export function isVector(vector: Uint8Array): boolean {
  const { length } = vector;
  if (length < countBytes) return false;
  let at = countBytes;
  let stored = 0;
  for (let left = numberAt(vector, 0) * 65_536 + numberAt(vector, 2); left > 0; left--) {
    const from = at;
    while (at < length && vector[at] !== 0) at++;
    stored += at - from;
    if (at === from || at - from > maxWordBytes || at + 1 + placeBytes > length) return false;
    const places = numberAt(vector, at + 1);
    at += 1 + placeBytes;
    const end = at + places * placeBytes;
    if (places > maxPlaces || end > length) return false;
    for (let last = 0; at < end; at += placeBytes) {
      const place = numberAt(vector, at) & maxPlace;
      if (place <= last) return false;
      last = place;
    }
    // Positions begin at an even place.
    if (places > 0) stored += 1 + placeBytes * (1 + places);
    if (stored >= maxStored) return false;
  }
  return at === length;
}

function numberAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
