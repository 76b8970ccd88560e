import { createHash } from 'node:crypto';
import type { drive_v3 } from 'googleapis/build/src/apis/drive/v3.js';
import type { OAuth2Client } from 'google-auth-library';
import pLimit from 'p-limit';
import { z } from 'zod';
import { isSyncError, SyncError } from '../../../domain/errors.ts';
import type { Content, Fingerprint, ItemRef } from '../../../domain/source.ts';
import { type Note, readInPart } from '../../../domain/storable.ts';
import { unexpectedAnswer } from '../answers.ts';
import { findExportLink, followLink, withoutToken } from './export-link.ts';
import { type ExportType, exportTypes } from './map.ts';
import { type DriveListing, getFile, resourceKeyHeader } from './requests.ts';

/**
 * Such documents are larger than the size that is reserved in memory for a document of unknown size, so that only a few
 * of them may be fetched at the same time by one process.
 */
const atLink = pLimit(4);

interface ListingCall extends Pick<DriveListing, 'call' | 'signal'> {
  readonly apiBaseUrl: string | undefined;
}

/**
 * Fetches the bytes of a stored file, verified against its checksum, or the best available export of a Google document.
 */
export async function fetchContent(listing: ListingCall, ref: ItemRef, maxBytes: number): Promise<Content> {
  const targets = exportTypes[ref.mimeType ?? ''];
  return targets === undefined
    ? await download(listing, ref, maxBytes)
    : await exportAs(listing, ref, targets, maxBytes);
}

async function download(listing: ListingCall, ref: ItemRef, maxBytes: number): Promise<Content> {
  const params = { fileId: ref.externalId, alt: 'media', supportsAllDrives: true } as const;
  const mimeType = ref.mimeType ?? 'application/octet-stream';
  const isChecked = ref.fingerprint.kind === 'sha256' || ref.fingerprint.kind === 'md5';
  const bytes = await readBytes(listing, 'files.get', isChecked ? null : mimeType, async (drive) => {
    return await drive.files.get(params, bytesOf(listing, ref, maxBytes));
  });
  if (matches(bytes, ref.fingerprint)) return { bytes, mimeType };
  return { bytes, mimeType, fingerprint: await checkAgainstToday(listing, ref, bytes) };
}

/**
 * Google exports at most 10 MB, and more by a link. If that does not lead to the document either, or the format is
 * refused, the next, smaller format is tried. If all are refused, the first error is thrown.
 */
async function exportAs(
  listing: ListingCall,
  ref: ItemRef,
  targets: readonly ExportType[],
  maxBytes: number,
): Promise<Content> {
  const refusals: SyncError[] = [];
  for (const { mimeType, lacks } of targets) {
    try {
      const bytes = await exportOrFollow(listing, ref, mimeType, maxBytes);
      return { bytes, mimeType, ...(lacks === undefined ? {} : { notes: [noteOf(lacks)] }) };
    } catch (error) {
      if (!isSyncError(error) || !mayFitAnotherWay(error)) throw error;
      refusals.push(error);
    }
  }
  throw refusals[0] ?? new SyncError('unsupported', { message: 'Google cannot export this kind of document.' });
}

async function exportOrFollow(
  listing: ListingCall,
  ref: ItemRef,
  mimeType: string,
  maxBytes: number,
): Promise<Uint8Array> {
  try {
    const params = { fileId: ref.externalId, mimeType };
    return await readBytes(listing, 'files.export', mimeType, async (drive) => {
      return await drive.files.export(params, bytesOf(listing, ref, maxBytes));
    });
  } catch (error) {
    if (!isSyncError(error) || !mayBeTooLarge(error)) throw error;
    const file = { id: ref.externalId, resourceKey: ref.fetchHints?.['resourceKey'] };
    const link = await findExportLink(listing, file, mimeType);
    if (link === undefined) throw error;
    return await atLink(() => readLink(listing, ref, { link, mimeType, maxBytes, refusal: error }));
  }
}

/** Google also fails on large documents, always after a minute or two, instead of calling them too large. */
function mayBeTooLarge({ code }: SyncError): boolean {
  return code === 'export_too_large' || code === 'unavailable';
}

interface LinkToRead {
  readonly link: string;
  readonly mimeType: string;
  readonly maxBytes: number;
  /** The error of the export, which applies if the link leads nowhere. */
  readonly refusal: SyncError;
}

async function readLink(
  listing: ListingCall,
  ref: ItemRef,
  { link, mimeType, maxBytes, refusal }: LinkToRead,
): Promise<Uint8Array> {
  const { apiBaseUrl } = listing;
  try {
    return await readBytes(listing, 'exportLinks', mimeType, async (_drive, auth) => {
      return await followLink(link, { ...bytesOf(listing, ref, maxBytes), auth, withoutToken, maxBytes, apiBaseUrl });
    });
  } catch (error) {
    throw isSyncError(error) && error.code === 'export_too_large' ? refusal : error;
  }
}

function noteOf(lacks: string): Note {
  return {
    code: readInPart,
    message: `Google does not export this document completely because it is too large, so ${lacks} are missing.`,
  };
}

function mayFitAnotherWay({ kind, scope }: SyncError): boolean {
  return kind === 'too_large' || (kind === 'invalid_input' && scope === 'item');
}

function bytesOf({ signal }: ListingCall, ref: ItemRef, maxContentLength: number) {
  const headers = resourceKeyHeader(ref.externalId, ref.fetchHints?.['resourceKey']);
  return { responseType: 'arraybuffer', maxContentLength, signal, headers } as const;
}

interface BytesResponse {
  readonly data: unknown;
  /** The client turns `Headers` into an object with small names; its types cover both. */
  readonly headers: object;
}

/**
 * The client types an ArrayBuffer answer as unknown data.
 * @param expected an HTML page in place of another type comes from a proxy or a sign-in page; null if a checksum
 * verifies the bytes
 */
async function readBytes(
  { call, signal }: ListingCall,
  method: string,
  expected: string | null,
  work: (drive: drive_v3.Drive, auth: OAuth2Client) => Promise<BytesResponse>,
): Promise<Uint8Array> {
  let type = '';
  const ask = { method, subject: 'item', cost: 'download', answer: z.unknown() } as const;
  const data = await call(ask, signal, async (drive, auth) => {
    const response = await work(drive, auth);
    type = contentTypeOf(response);
    return response;
  });
  const about = { vendor: 'Google Drive', call: method };
  if (Object.prototype.toString.call(data) !== '[object ArrayBuffer]') throw unexpectedAnswer(about, 'no bytes');
  const isPage = type.startsWith('text/html') && expected !== null && expected !== 'text/html';
  if (isPage) throw unexpectedAnswer(about, 'an HTML page');
  return new Uint8Array(data as ArrayBuffer);
}

function contentTypeOf({ headers }: BytesResponse): string {
  return 'content-type' in headers ? String(headers['content-type']) : '';
}

/**
 * The file may have changed since it was listed, so its current checksum is accepted too. If that differs as well, the
 * transfer was damaged.
 */
async function checkAgainstToday(listing: ListingCall, ref: ItemRef, bytes: Uint8Array): Promise<Fingerprint> {
  const { sha256Checksum, md5Checksum } = await getFile(listing, ref.externalId, ref.fetchHints?.['resourceKey']);
  const sha256 = sha256Checksum ? { kind: 'sha256' as const, value: sha256Checksum } : null;
  const md5 = md5Checksum ? { kind: 'md5' as const, value: md5Checksum } : null;
  const fingerprint = sha256 ?? md5;
  if (fingerprint !== null && matches(bytes, fingerprint)) return fingerprint;
  throw new SyncError('unavailable', {
    code: 'checksum_mismatch',
    message: 'The file was damaged during the download. It is downloaded again automatically.',
  });
}

function matches(bytes: Uint8Array, { kind, value }: Fingerprint): boolean {
  if (kind !== 'sha256' && kind !== 'md5') return true;
  return createHash(kind).update(bytes).digest('hex') === value;
}
