/** Comparing what a stranger sent with what it must be, in a time that says nothing about where they differ. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Is it the hexadecimal HMAC-SHA256 of this message? @param secret not empty */
export function isSignedBy(secret: string, message: Uint8Array, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(message).digest();
  return /^[0-9a-f]{64}$/i.test(signature) && timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/** What is kept of a secret that only has to be recognised. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** @param hash of the right one */
export function isSecret(given: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(given), 'hex'), Buffer.from(hash, 'hex'));
}
