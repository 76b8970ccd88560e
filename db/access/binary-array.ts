/** Object ids of the types of elements, which PostgreSQL compares with those that the statement names. */
const types = { text: 25, tsvector: 3614 } as const;
type ElementType = keyof typeof types;
const headBytes = 20;
const lengthBytes = 4;

/**
 * Encodes a parameter for an array as PostgreSQL receives it in binary (`array_recv`): what is bytes already is neither
 * decoded nor escaped, and a thousand elements are one parameter.
 * @param elements the binary form of each element, which is UTF-8 for text; or null
 * @param type `text` also stands for a type of an extension, whose id differs between databases: since version 14,
 * PostgreSQL does not compare such ids
 */
export function binaryArray(elements: readonly (Uint8Array | null)[], type: ElementType = 'text'): Buffer {
  const lengths = elements.map((element) => element?.byteLength ?? null);
  return encodeArray(lengths, (array, at, i) => array.set(elements[i] ?? [], at), type);
}

/** The same for texts. PostgreSQL reads a page's texts this way in a fraction of the time that it needs for JSON. */
export function textArray(texts: readonly (string | null)[]): Buffer {
  const lengths = texts.map((text) => (text === null ? null : Buffer.byteLength(text)));
  return encodeArray(lengths, (array, at, i) => void array.write(texts[i] ?? '', at));
}

/**
 * The same for elements that are encoded in their places.
 * @param lengths of the elements in bytes; null for null
 * @param write writes one element at its place
 */
export function encodeArray(
  lengths: readonly (number | null)[],
  write: (array: Buffer, at: number, element: number) => void,
  type: ElementType = 'text',
): Buffer {
  const array = Buffer.allocUnsafe(
    lengths.reduce<number>((sum, length) => sum + lengthBytes + (length ?? 0), headBytes),
  );
  // The number of dimensions, whether there are nulls, the type, then the length and the first index of the dimension.
  const head = [1, lengths.includes(null) ? 1 : 0, types[type], lengths.length, 1];
  let at = 0;
  for (const value of head) at = array.writeInt32BE(value, at);
  for (const [i, length] of lengths.entries()) {
    at = array.writeInt32BE(length ?? -1, at);
    if (length === null) continue;
    write(array, at, i);
    at += length;
  }
  return array;
}
