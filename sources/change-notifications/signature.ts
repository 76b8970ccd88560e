/** Compares untrusted input with the expected value in constant time. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { hashOfSecret } from '../../domain/secret-hash.ts';

/** Checks that `signature` is the hexadecimal HMAC-SHA256 of this message. @param secret not empty */
export function isSignedBy(secret: string, message: Uint8Array, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(message).digest();
  return /^[0-9a-f]{64}$/i.test(signature) && timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/** @param hash the hash of the correct secret */
export function isSecret(given: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOfSecret(given), 'hex'), Buffer.from(hash, 'hex'));
}
