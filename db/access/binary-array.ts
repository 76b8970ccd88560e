/** The object id of the type `text`. */
const textType = 25;
const headBytes = 20;
const lengthBytes = 4;

/**
 * Encodes a parameter for an array as PostgreSQL receives it in binary (`array_recv`): what is bytes already is neither
 * decoded nor escaped, and a thousand elements are one parameter.
 * @param elements the binary form of each element, which is UTF-8 for text; or null. The type may be `text` or one of
 * an extension, whose id differs between databases: since version 14, PostgreSQL does not compare such ids.
 */
export function binaryArray(elements: readonly (Uint8Array | null)[]): Buffer {
  const size = elements.reduce((sum, element) => sum + lengthBytes + (element?.byteLength ?? 0), headBytes);
  const array = Buffer.allocUnsafe(size);
  // The number of dimensions, whether there are nulls, the type, then the length and the first index of the dimension.
  const head = [1, elements.includes(null) ? 1 : 0, textType, elements.length, 1];
  let at = 0;
  for (const value of head) at = array.writeInt32BE(value, at);
  for (const element of elements) {
    at = array.writeInt32BE(element?.byteLength ?? -1, at);
    if (element === null) continue;
    array.set(element, at);
    at += element.byteLength;
  }
  return array;
}
