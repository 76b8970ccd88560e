import { createHash } from 'node:crypto';
import { SyncError, withScope } from '../../../domain/errors.ts';
import type { Content, Fingerprint, ItemRef } from '../../../domain/source.ts';
import { readBody } from '../bounded-body.ts';
import { type GraphCall, userAgent } from './client.ts';
import { type CallSubject, noAnswer, oddAnswer, toSyncError } from './errors.ts';
import { fingerprintOf, isConverted, type Place, readExternalId } from './map.ts';
import { quickXorHash } from './quick-xor-hash.ts';
import { askForContent, getItem } from './requests.ts';

/** Where pre-authenticated addresses may lead (docs/vendors/onedrive.md#downloads); `svc.ms` hands out what was converted. */
const downloadHosts = /(^|\.)(sharepoint\.com|1drv\.com|microsoftpersonalcontent\.com|svc\.ms)$/;
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** What SharePoint may rewrite after an upload, so that stated hash and delivered bytes differ for good (docs/vendors/onedrive.md#items-and-hashes). */
const rewritten = /\.(docx|docm|pptx|pptm|xlsx|xlsm|doc|ppt|xls)$/i;

export interface DownloadSettings {
  readonly call: GraphCall;
  readonly maxBytes: number;
  /** Downloads from this machine are followed too: Graph is simulated. */
  readonly simulated: boolean;
}

/** The bytes of a file, checked against its hash; of an old Office format, Graph's conversion to PDF. */
export async function fetchContent(settings: DownloadSettings, ref: ItemRef, signal: AbortSignal): Promise<Content> {
  const place = readExternalId(ref.hints?.['target'] ?? ref.externalId);
  if (place === null) throw new SyncError('not_found', { message: 'The file is no longer there.' });
  const format = isConverted(ref.name) ? 'pdf' : null;
  const response = await open(settings, place, format, signal);
  if (isUnproven(ref) && isWebPageInstead(response, ref)) {
    await response.body?.cancel();
    throw withScope(oddAnswer('download', 'a web page'), 'item');
  }
  const bytes = await readBody(response, settings.maxBytes, signal, { tooLong: tooLarge, cutShort: noAnswer });
  if (format === 'pdf') return { bytes: pdfOnly(bytes), mimeType: 'application/pdf' };
  const mimeType = ref.mimeType ?? 'application/octet-stream';
  if (matches(bytes, ref.fingerprint)) return { bytes, mimeType };
  return { bytes, mimeType, fingerprint: await checkAgainstToday(settings.call, place, ref, bytes, signal) };
}

/** An address that is refused may have run out: a fresh one is asked for, once (docs/vendors/onedrive.md#downloads). */
async function open(
  settings: DownloadSettings,
  place: Place,
  format: 'pdf' | null,
  signal: AbortSignal,
): Promise<Response> {
  const first = await openOnce(settings, place, format, signal);
  if (![401, 403, 404, 410].includes(first.status)) return await checked(first);
  await first.body?.cancel();
  return await checked(await openOnce(settings, place, format, signal));
}

async function openOnce(
  { call, simulated }: DownloadSettings,
  place: Place,
  format: 'pdf' | null,
  signal: AbortSignal,
): Promise<Response> {
  const answer = await askForContent(call, place, format, signal);
  if (answer.status < 300) return answer;
  const address = answer.headers.get('location') ?? '';
  await answer.body?.cancel();
  if (!isDownloadAddress(address, simulated)) throw refusedAddress(address);
  try {
    // Without our token: the address is a key by itself, and the host behind it is not Graph's.
    return await fetch(address, { headers: { 'user-agent': userAgent }, redirect: 'manual', signal });
  } catch {
    signal.throwIfAborted();
    throw noAnswer();
  }
}

const ofDownload: CallSubject = { about: 'download', scope: 'item', call: 'download' };

async function checked(response: Response): Promise<Response> {
  if (response.status === 200) return response;
  await response.body?.cancel();
  throw response.status < 400
    ? withScope(oddAnswer('download', `status ${response.status}`), 'item')
    : toSyncError(response, '', ofDownload);
}

/** A web page in place of a file (a sign-in, a proxy) is no file, though the status is 200. */
function pdfOnly(bytes: Uint8Array): Uint8Array {
  if (Buffer.from(bytes.subarray(0, 1024)).includes('%PDF-')) return bytes;
  throw withScope(oddAnswer('download', 'no PDF'), 'item');
}

/** Where no hash proves the bytes, what they are said to be has to fit the file. */
function isWebPageInstead(response: Response, ref: ItemRef): boolean {
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
  return isPage && !/html/i.test(ref.mimeType ?? '') && !/\.(x?html?|mht(ml)?|aspx?)$/i.test(ref.name);
}

function tooLarge(): SyncError {
  return new SyncError('too_large', { message: 'The file is larger than what is read of one file.' });
}

/** The file may have changed since it was listed: then its hash of today must fit. Else the transfer was damaged. */
async function checkAgainstToday(
  call: GraphCall,
  place: Place,
  ref: ItemRef,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Fingerprint> {
  const today = fingerprintOf(await getItem(call, place, signal));
  if (matches(bytes, today) || rewritten.test(ref.name)) return today;
  throw new SyncError('unavailable', {
    code: 'checksum_mismatch',
    message: 'The file arrived damaged; it will be fetched again.',
  });
}

function isUnproven({ fingerprint: { kind } }: ItemRef): boolean {
  return kind !== 'quick_xor_hash' && kind !== 'sha256' && kind !== 'sha1';
}

function matches(bytes: Uint8Array, { kind, value }: Fingerprint): boolean {
  if (kind === 'quick_xor_hash') return quickXorHash(bytes) === value;
  if (kind === 'sha256' || kind === 'sha1') return createHash(kind).update(bytes).digest('hex') === value;
  return true;
}

function isDownloadAddress(address: string, simulated: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return (protocol === 'https:' && downloadHosts.test(hostname)) || (simulated && loopback.test(hostname));
}

/** Graph's answer decides where this server connects: only to Microsoft's hosts. */
function refusedAddress(address: string): SyncError {
  const host = URL.canParse(address) ? new URL(address).hostname : 'no address';
  return new SyncError('unsupported', {
    code: 'download_host',
    message: 'OneDrive wanted to hand out the file from a place that is not known as Microsoft’s.',
    operatorMessage: `onedrive: a download from ${host} was not followed`,
  });
}
