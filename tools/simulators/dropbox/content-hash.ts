import { createHash } from 'node:crypto';

/** As Dropbox documents it, written apart from the connector's: blocks of 4 MiB, a hash over their hashes. */
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
