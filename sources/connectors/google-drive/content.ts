import { createHash } from 'node:crypto';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Content, Fingerprint, ItemRef } from '../../../domain/source.ts';
import type { DriveCall } from './client.ts';
import { exportTypes } from './map.ts';
import { getFile, resourceKeyHeader } from './shortcuts.ts';

/** The bytes of a stored file, checked against its checksum; of a native document, its best export that Google will give. */
export async function fetchContent(
  call: DriveCall,
  ref: ItemRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Content> {
  const targets = exportTypes[ref.mimeType ?? ''];
  return targets === undefined
    ? await download(call, ref, maxBytes, signal)
    : await exportAs(call, ref, targets, maxBytes, signal);
}

async function download(call: DriveCall, ref: ItemRef, maxBytes: number, signal: AbortSignal): Promise<Content> {
  const bytes = await readBytes(
    async () =>
      await call(
        'item',
        'download',
        signal,
        async (drive) =>
          await drive.files.get(
            { fileId: ref.externalId, alt: 'media', supportsAllDrives: true },
            { responseType: 'arraybuffer', maxContentLength: maxBytes, signal, headers: headersOf(ref) },
          ),
      ),
  );
  if (!matches(bytes, ref.fingerprint)) await checkAgainstToday(call, ref, bytes, signal);
  return { bytes, mimeType: ref.mimeType ?? 'application/octet-stream' };
}

/** Google exports at most 10 MB: over that, the next, smaller format is tried. */
async function exportAs(
  call: DriveCall,
  ref: ItemRef,
  targets: readonly string[],
  maxBytes: number,
  signal: AbortSignal,
): Promise<Content> {
  let refusal: unknown;
  for (const mimeType of targets) {
    try {
      const bytes = await readBytes(
        async () =>
          await call(
            'item',
            'download',
            signal,
            async (drive) =>
              await drive.files.export(
                { fileId: ref.externalId, mimeType },
                { responseType: 'arraybuffer', maxContentLength: maxBytes, signal, headers: headersOf(ref) },
              ),
          ),
      );
      return { bytes, mimeType };
    } catch (error) {
      if (!isSyncError(error) || error.kind !== 'too_large') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** The client types an ArrayBuffer answer as unknown data. */
async function readBytes(fetchBytes: () => Promise<unknown>): Promise<Uint8Array> {
  const data = await fetchBytes();
  if (Object.prototype.toString.call(data) !== '[object ArrayBuffer]') {
    throw new SyncError('unavailable', { code: 'no_bytes', message: 'Google answered without the file.' });
  }
  return new Uint8Array(data as ArrayBuffer);
}

/** The file may have changed since it was listed: then its checksum of today must fit. Else the transfer was damaged. */
async function checkAgainstToday(call: DriveCall, ref: ItemRef, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const today = await getFile(call, ref.externalId, ref.hints?.['resourceKey'], signal);
  const sha256 = today.sha256Checksum ? { kind: 'sha256' as const, value: today.sha256Checksum } : null;
  const md5 = today.md5Checksum ? { kind: 'md5' as const, value: today.md5Checksum } : null;
  const fingerprint = sha256 ?? md5;
  if (fingerprint !== null && matches(bytes, fingerprint)) return;
  throw new SyncError('unavailable', {
    code: 'checksum_mismatch',
    message: 'The file arrived damaged; it will be fetched again.',
  });
}

function matches(bytes: Uint8Array, { kind, value }: Fingerprint): boolean {
  if (kind !== 'sha256' && kind !== 'md5') return true;
  return createHash(kind).update(bytes).digest('hex') === value;
}

function headersOf(ref: ItemRef): Record<string, string> {
  return resourceKeyHeader(ref.externalId, ref.hints?.['resourceKey']);
}
