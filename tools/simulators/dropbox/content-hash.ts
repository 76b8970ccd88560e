import { createHash } from 'node:crypto';

/**
 * Dropbox's documented algorithm, implemented independently of the connector: 4 MiB blocks, and a hash over their
 * hashes.
 */
export function contentHash(bytes: Buffer): string {
  const digests: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 4_194_304) {
    digests.push(
      createHash('sha256')
        .update(bytes.subarray(at, Math.min(bytes.length, at + 4_194_304)))
        .digest(),
    );
  }
  return createHash('sha256').update(Buffer.concat(digests)).digest('hex');
}
