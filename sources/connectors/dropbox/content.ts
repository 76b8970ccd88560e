import { SyncError } from '../../../domain/errors.ts';
import type { Content, ItemRef } from '../../../domain/source.ts';
import { tooLargeToRead } from '../too-large.ts';
import type { DropboxCall } from './client.ts';
import { contentHash } from './content-hash.ts';
import { exportTypes } from './map.ts';
import { content } from './wire.ts';

/** Fetches the listed version, verified against its hash, or the best export of a cloud document. */
export async function fetchContent(
  call: DropboxCall,
  ref: ItemRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Content> {
  const format = ref.fetchHints?.['format'];
  const bytes = format === undefined ? await download(call, ref, signal) : await exportAs(call, ref, format, signal);
  if (bytes.byteLength > maxBytes) {
    throw tooLargeToRead('file', maxBytes);
  }
  return { bytes, mimeType: format === undefined ? 'application/octet-stream' : (exportTypes[format] ?? 'text/plain') };
}

/**
 * Downloads by revision: an edit since the listing arrives with the next feed, not as bytes that do not match their
 * fingerprint.
 */
async function download(call: DropboxCall, ref: ItemRef, signal: AbortSignal): Promise<Uint8Array> {
  const rev = ref.fetchHints?.['rev'];
  const path = rev === undefined ? ref.externalId : `rev:${rev}`;
  const to = { subject: 'item', name: 'files/download', schema: content, root: ref.fetchHints?.['root'] } as const;
  const { fileBinary: bytes } = await call(to, signal, (dropbox) => dropbox.filesDownload({ path }));
  const isWhole = ref.fingerprint.kind !== 'content_hash' || contentHash(bytes) === ref.fingerprint.value;
  if (isWhole) return bytes;
  throw new SyncError('unavailable', {
    code: 'checksum_mismatch',
    message: 'The file was damaged during the download. It is downloaded again automatically.',
    scope: 'item',
  });
}

async function exportAs(call: DropboxCall, ref: ItemRef, format: string, signal: AbortSignal): Promise<Uint8Array> {
  const to = { subject: 'item', name: 'files/export', schema: content, root: ref.fetchHints?.['root'] } as const;
  const arg = { path: ref.externalId, export_format: format };
  return (await call(to, signal, (dropbox) => dropbox.filesExport(arg))).fileBinary;
}
