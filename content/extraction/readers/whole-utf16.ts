/** Keeps a file from writing beyond memory through a fault of Node.js. */

const wide = /^(utf-?16le|ucs-?2)$/i;

/**
 * Node.js writes one byte too many when it decodes an odd number of bytes at an odd address as UTF-16
 * (nodejs/node#64697, open in 24.21), which ends the process or worse. Several libraries pass lengths on that a file
 * states, so an odd byte at the end is dropped for all of them. It would not be decoded anyway.
 */
export function decodeWholeUnitsOnly(): void {
  const { toString } = Buffer.prototype;
  Buffer.prototype.toString = function (this: Buffer, encoding?: BufferEncoding, start = 0, end = this.length) {
    if (encoding === undefined || !wide.test(encoding)) return toString.call(this, encoding, start, end);
    const last = Math.min(end, this.length);
    return toString.call(this, encoding, start, last - (Math.max(0, last - Math.max(0, start)) % 2));
  };
}
