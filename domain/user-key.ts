import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Temporal takes a fairness key of at most 64 bytes. 128 bits are enough for two users never to share one. */
const keyBytes = 16;

/**
 * What stands for a user wherever Temporal keeps a word of its own about them: fairness keys, search attributes, workflow
 * ids. A JWT's `sub` may be longer than Temporal allows, and it is personal data, which does not belong there.
 * Pure arithmetic, because workflow code computes it too.
 * @returns 32 hexadecimal digits, the same for the same user for ever
 */
export function userKey(userId: string): string {
  return bytesToHex(sha256(utf8ToBytes(userId)).subarray(0, keyBytes));
}

/** The share of the workers that a user's steps take turns by (P8). */
export function fairnessOf(userId: string): { readonly fairnessKey: string } {
  return { fairnessKey: userKey(userId) };
}
