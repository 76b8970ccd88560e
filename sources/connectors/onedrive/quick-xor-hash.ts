const ringBits = 160;
const shift = 11;

/**
 * Computes OneDrive's checksum, base64 (docs/vendors/onedrive.md#items-and-hashes): byte i is XORed in at bit 11·i of a
 * ring of 160 bits, then the length. The positions repeat every 160 bytes, so the bytes are first folded to that
 * length, which is fast, and then placed once.
 */
export function quickXorHash(bytes: Uint8Array): string {
  const folded = new Uint8Array(ringBits);
  for (let start = 0; start < bytes.length; start += ringBits) {
    const end = Math.min(ringBits, bytes.length - start);
    for (let i = 0; i < end; i++) folded[i] = (folded[i] ?? 0) ^ (bytes[start + i] ?? 0);
  }
  const ring = Buffer.alloc(ringBits / 8);
  for (const [i, byte] of folded.entries()) {
    const bit = (i * shift) % ringBits;
    const at = bit >> 3;
    const after = (at + 1) % ring.length;
    const placed = byte << (bit & 7);
    ring[at] = (ring[at] ?? 0) ^ (placed & 255);
    ring[after] = (ring[after] ?? 0) ^ (placed >> 8);
  }
  const tail = ring.length - 8;
  ring.writeBigUInt64LE(ring.readBigUInt64LE(tail) ^ BigInt(bytes.length), tail);
  return ring.toString('base64');
}
