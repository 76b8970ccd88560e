/** Messages between Headwater and its readers: a length of four bytes, then the value as serialized by V8. */

import { DefaultSerializer, deserialize } from 'node:v8';

const headerBytes = 4;

/** Encodes one value for the pipe. The length is written into the same buffer, because documents are large. */
export function toFrame(value: unknown): Buffer {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(Buffer.alloc(headerBytes));
  serializer.writeHeader();
  serializer.writeValue(value);
  const frame = serializer.releaseBuffer();
  frame.writeUInt32BE(frame.length - headerBytes);
  return frame;
}

/**
 * Decodes the bytes of the pipe and passes on each complete value.
 * @param maxBytes maximum size of one frame; a longer one is rejected by its header, before it is in memory
 * @returns a function to feed with bytes; it throws a RangeError for a frame that is too long
 */
export function createFrameReader(maxBytes: number, onValue: (value: unknown) => void): (bytes: Buffer) => void {
  const parts: Buffer[] = [];
  let held = 0;
  let wanted = headerBytes;
  const take = (): Buffer => {
    const taken: Buffer[] = [];
    held -= wanted;
    for (let missing = wanted; missing > 0;) {
      const part = parts.shift();
      if (part === undefined) break;
      taken.push(part.subarray(0, missing));
      if (part.length > missing) parts.unshift(part.subarray(missing));
      missing -= part.length;
    }
    const [only, ...others] = taken;
    // Only a value that came in several parts is copied, and nothing that follows it.
    return only !== undefined && others.length === 0 ? only : Buffer.concat(taken, wanted);
  };
  let inHeader = true;
  return (bytes) => {
    parts.push(bytes);
    held += bytes.length;
    while (held >= wanted) {
      const taken = take();
      if (inHeader) wanted = taken.readUInt32BE();
      else {
        wanted = headerBytes;
        onValue(deserialize(taken));
      }
      inHeader = !inHeader;
      if (!inHeader && wanted > maxBytes) throw new RangeError(`a frame of ${wanted} bytes`);
    }
  };
}
