import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * Temporal accepts a fairness key of at most 64 bytes. 128 bits are enough to make collisions between users practically
 * impossible.
 */
const keyBytes = 16;

/**
 * Identifies a user wherever Temporal stores data about them: fairness keys, search attributes, workflow ids. A JWT's
 * `sub` may be longer than Temporal allows, and it is personal data, which does not belong there. It is computed
 * without Node's APIs because workflow code computes it too.
 * @returns 32 hexadecimal digits, always the same for the same user
 */
export function userKey(userId: string): string {
  return bytesToHex(sha256(utf8ToBytes(userId)).subarray(0, keyBytes));
}

/** The fairness key under which a user's activities share the workers (P8). */
export function fairnessOf(userId: string): { readonly fairnessKey: string } {
  return { fairnessKey: userKey(userId) };
}

/** Whether a token's `sub` can be a user's id here: 1 to 200 characters that the database can store. */
export function isUserId(subject: string): boolean {
  return subject.trim() !== '' && subject.length <= 200 && !subject.includes('\0') && subject.isWellFormed();
}
