import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * Hashes a random secret that only has to be recognized later: a key, a cookie, the state of a sign-in. It is random, so
 * it needs no salt and no slow hash.
 * @returns 64 hexadecimal digits
 */
export function hashOfSecret(secret: string): string {
  return bytesToHex(sha256(utf8ToBytes(secret)));
}
