import { createHash } from 'node:crypto';
import { SyncError, withScope } from '../../../domain/errors.ts';
import type { Content, Fingerprint, ItemRef } from '../../../domain/source.ts';
import { readBody } from '../bounded-body.ts';
import { withPartLimits } from '../part-limits.ts';
import { tooLargeToRead } from '../too-large.ts';
import { type GraphCall, userAgent } from './client.ts';
import { type CallSubject, malwareFound, noAnswer, oddAnswer, graphError } from './errors.ts';
import { type Conversion, conversionOf, fingerprintOf, type OneDrivePlace, readExternalId } from './map.ts';
import { quickXorHash } from './quick-xor-hash.ts';
import { askForContent, getDrive, getItem } from './requests.ts';

/**
 * Hosts that pre-authenticated addresses may point to (docs/vendors/onedrive.md#downloads); `svc.ms` serves converted
 * files.
 */
const downloadHosts = /(^|\.)(sharepoint\.com|1drv\.com|microsoftpersonalcontent\.com|svc\.ms)$/;
/**
 * What OneDrive rewrites may become smaller, but a few bytes in place of a large file are a message about it: it sends one
 * for a file in which it has found malware (docs/vendors/onedrive.md#downloads).
 */
const maxShrinkage = 4;
/** A download host may send to another one; more than a few times would be in a circle. */
const maxRedirects = 4;
const loopback = /^(127\.0\.0\.1|localhost|\[::1\])$/;

export interface DownloadSettings {
  readonly call: GraphCall;
  readonly maxBytes: number;
  /** Also allows downloads from this machine, because Graph is simulated. */
  readonly simulated: boolean;
  /** See `ConnectorContext`. */
  readonly isRefusedRepeatedly: boolean | undefined;
}

/** Fetches the bytes of a file, verified against its hash, or Graph's conversion of it. */
export async function fetchContent(settings: DownloadSettings, ref: ItemRef, signal: AbortSignal): Promise<Content> {
  const place = readExternalId(ref.fetchHints?.['target'] ?? ref.externalId);
  if (place === null) throw new SyncError('not_found', { message: 'The file no longer exists.' });
  const conversion = conversionOf(ref.name);
  const format = conversion?.format ?? null;
  const download = async (): Promise<Downloaded> => await read(settings, place, format, signal);
  const { bytes, isWebPage } = await download();
  if (conversion !== null) return { bytes: convertedOnly(bytes, conversion), mimeType: conversion.mimeType };
  const mimeType = ref.mimeType ?? 'application/octet-stream';
  const isProven = isHash(ref.fingerprint) && matches(bytes, ref.fingerprint);
  // A sign-in page or a proxy's page has status 200 too; a hash or the file's own type tells it from a file.
  if (!isProven && isWebPage && !isWebPageItself(ref)) throw withScope(oddAnswer('download', 'a web page'), 'item');
  if (matches(bytes, ref.fingerprint)) return { bytes, mimeType };
  return { bytes, mimeType, fingerprint: await checkAgainstToday(settings.call, place, { bytes, download }, signal) };
}

type Format = Conversion['format'];

interface Downloaded {
  readonly bytes: Uint8Array;
  readonly isWebPage: boolean;
}

async function read(
  settings: DownloadSettings,
  place: OneDrivePlace,
  format: Format | null,
  signal: AbortSignal,
): Promise<Downloaded> {
  const response = await open(settings, place, format, signal);
  const bytes = await readBody(response, settings.maxBytes, signal, {
    tooLong: () => tooLargeToRead('file', settings.maxBytes),
    cutShort: noAnswer,
  });
  return { bytes, isWebPage: /^text\/html\b/i.test(response.headers.get('content-type') ?? '') };
}

/** A refused address may have expired, so a new one is requested once (docs/vendors/onedrive.md#downloads). */
async function open(
  settings: DownloadSettings,
  place: OneDrivePlace,
  format: Format | null,
  signal: AbortSignal,
): Promise<Response> {
  const first = await openOnce(settings, place, format, signal);
  if (![401, 403, 404, 410].includes(first.status)) return await ofThisFile(settings, first, signal);
  await first.body?.cancel();
  return await ofThisFile(settings, await openOnce(settings, place, format, signal), signal);
}

/** A download host may limit one file that is requested often, with the answer that limits an account. */
async function ofThisFile(
  { call, isRefusedRepeatedly }: DownloadSettings,
  response: Response,
  signal: AbortSignal,
): Promise<Response> {
  const askAccount = async (): Promise<unknown> => await getDrive(call, signal);
  return await withPartLimits(() => checked(response), { scope: 'item', isRefusedRepeatedly, askAccount });
}

async function openOnce(
  { call, simulated }: DownloadSettings,
  place: OneDrivePlace,
  format: Format | null,
  signal: AbortSignal,
): Promise<Response> {
  let answer = await askForContent(call, place, format, signal);
  let address: string | undefined;
  for (let redirects = 0; isRedirect(answer) && redirects < maxRedirects; redirects++) {
    const next = resolve(answer.headers.get('location') ?? '', address);
    if (!isDownloadAddress(next, simulated)) {
      // A download host sends to a sign-in if the address has expired; that is no answer, but no foreign address of Graph's.
      if (address !== undefined) return answer;
      throw refusedAddress(next);
    }
    await answer.body?.cancel();
    answer = await fetchAddress(next, signal);
    address = next;
  }
  return answer;
}

function resolve(location: string, base: string | undefined): string {
  return URL.canParse(location, base) ? new URL(location, base).href : location;
}

async function fetchAddress(address: string, signal: AbortSignal): Promise<Response> {
  try {
    // The request carries no token: the address itself grants access, and the host is not Graph's.
    return await fetch(address, { headers: { 'user-agent': userAgent }, redirect: 'manual', signal });
  } catch (error) {
    signal.throwIfAborted();
    throw noAnswer(error);
  }
}

function isRedirect({ status }: Response): boolean {
  return status >= 300 && status < 400;
}

const ofDownload: CallSubject = { about: 'download', scope: 'item', call: 'download' };

async function checked(response: Response): Promise<Response> {
  if (response.status === 200) return response;
  await response.body?.cancel();
  throw response.status < 400
    ? withScope(oddAnswer('download', `status ${response.status}`), 'item')
    : graphError(response, '', ofDownload);
}

const starts: Readonly<Record<Format, RegExp>> = { pdf: /%PDF-/, html: /<(!doctype html|html|head|body|div|p)\b/i };

/** A web page in place of a PDF (a sign-in, a proxy), or anything else in place of one, is an error even with status 200. */
function convertedOnly(bytes: Uint8Array, { format }: Conversion): Uint8Array {
  if (starts[format].test(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'))) return bytes;
  throw withScope(oddAnswer('download', `no ${format.toUpperCase()}`), 'item');
}

function isWebPageItself({ mimeType, name }: ItemRef): boolean {
  return /html/i.test(mimeType ?? '') || /\.(x?html?|mht(ml)?|aspx?)$/i.test(name);
}

/**
 * The file may have changed since it was listed, so its current hash is accepted too. For some files OneDrive states a
 * hash that its bytes never have (docs/vendors/onedrive.md#items-and-hashes): those arrive the same every time, while a
 * damaged transfer does not.
 */
async function checkAgainstToday(
  call: GraphCall,
  place: OneDrivePlace,
  { bytes, download }: { readonly bytes: Uint8Array; readonly download: () => Promise<Downloaded> },
  signal: AbortSignal,
): Promise<Fingerprint> {
  const item = await getItem(call, place, signal);
  if (item.malware) throw malwareFound();
  const today = fingerprintOf(item);
  if (matches(bytes, today)) return today;
  const isWhole = bytes.byteLength * maxShrinkage >= (item.size ?? 0);
  if (isWhole && Buffer.from(bytes).equals((await download()).bytes)) return today;
  throw new SyncError('unavailable', {
    code: 'checksum_mismatch',
    message: 'The file was damaged during the download. It is downloaded again automatically.',
  });
}

function isHash({ kind }: Fingerprint): boolean {
  return kind === 'quick_xor_hash' || kind === 'sha256' || kind === 'sha1';
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

/** Graph's answer decides which host this server connects to, so only Microsoft's hosts are allowed. */
function refusedAddress(address: string): SyncError {
  const host = URL.canParse(address) ? new URL(address).hostname : 'no address';
  return new SyncError('unsupported', {
    code: 'download_host',
    message:
      'OneDrive returned a download address that is not known to be Microsoft’s, so the file was not downloaded. The download is retried automatically.',
    operatorMessage: `onedrive: a download from ${host} was not followed`,
  });
}
