import { SyncError } from '../../../domain/errors.ts';
import type { Content, ItemRef } from '../../../domain/source.ts';
import type { DropboxCall } from './client.ts';
import { contentHash } from './content-hash.ts';
import { exportTypes } from './map.ts';

/** The version that was listed, checked against its hash; a cloud document in the best format Dropbox exports it as. */
export async function fetchContent(
  call: DropboxCall,
  ref: ItemRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Content> {
  const format = ref.hints?.['format'];
  const bytes = format === undefined ? await download(call, ref, signal) : await exportAs(call, ref, format, signal);
  if (bytes.byteLength > maxBytes) {
    throw new SyncError('too_large', { message: 'The file is larger than what is read of one file.' });
  }
  return { bytes, mimeType: format === undefined ? 'application/octet-stream' : (exportTypes[format] ?? 'text/plain') };
}

/** By revision: an edit since the listing comes with the next feed, not as bytes that do not fit their fingerprint. */
async function download(call: DropboxCall, ref: ItemRef, signal: AbortSignal): Promise<Uint8Array> {
  const rev = ref.hints?.['rev'];
  const path = rev === undefined ? ref.externalId : `rev:${rev}`;
  const bytes = bytesOf(await call(itemOf(ref), signal, async (dropbox) => await dropbox.filesDownload({ path })));
  const isWhole = ref.fingerprint.kind !== 'content_hash' || contentHash(bytes) === ref.fingerprint.value;
  if (isWhole) return bytes;
  throw new SyncError('unavailable', {
    code: 'checksum_mismatch',
    message: 'The file arrived damaged; it will be fetched again.',
  });
}

async function exportAs(call: DropboxCall, ref: ItemRef, format: string, signal: AbortSignal): Promise<Uint8Array> {
  return bytesOf(
    await call(
      itemOf(ref),
      signal,
      async (dropbox) => await dropbox.filesExport({ path: ref.externalId, export_format: format }),
    ),
  );
}

function itemOf(ref: ItemRef) {
  return { subject: 'item', root: ref.hints?.['root'] } as const;
}

/** The client adds the bytes to the metadata, without a type. */
function bytesOf(result: object): Uint8Array {
  const bytes: unknown = 'fileBinary' in result ? result.fileBinary : undefined;
  if (bytes instanceof Uint8Array || Buffer.isBuffer(bytes)) return bytes;
  throw new SyncError('unavailable', { code: 'no_bytes', message: 'Dropbox answered without the file.' });
}
