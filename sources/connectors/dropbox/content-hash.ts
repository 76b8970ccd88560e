import { createHash } from 'node:crypto';

const blockSize = 4 * 1024 * 1024;

/**
 * Computes Dropbox's `content_hash`: SHA-256 over the SHA-256 of each 4 MiB block, in hex
 * (docs/vendors/dropbox.md#hashes-and-times).
 */
export function contentHash(bytes: Uint8Array): string {
  const all = createHash('sha256');
  for (let at = 0; at < bytes.byteLength; at += blockSize) {
    all.update(
      createHash('sha256')
        .update(bytes.subarray(at, at + blockSize))
        .digest(),
    );
  }
  return all.digest('hex');
}
