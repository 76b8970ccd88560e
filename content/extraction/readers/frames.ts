/** Messages between Headwater and its readers: a length of four bytes, then the value as serialized by V8. */

import { deserialize, serialize } from 'node:v8';

const headerBytes = 4;

/** Encodes one value for the pipe. */
export function toFrame(value: unknown): Buffer {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  frame.writeUInt32BE(body.length);
  frame.set(body, headerBytes);
  return frame;
}

/**
 * Decodes the bytes of the pipe and passes on each complete value.
 * @param maxBytes maximum size of one frame; a longer one is rejected by its header, before it is in memory
 * @returns a function to feed with bytes; it throws a RangeError for a frame that is too long
 */
export function createFrameReader(maxBytes: number, onValue: (value: unknown) => void): (bytes: Buffer) => void {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = headerBytes;
  const take = (): Buffer => {
    const all = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, held);
    const taken = all.subarray(0, wanted);
    parts = [all.subarray(wanted)];
    held -= wanted;
    return taken;
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
