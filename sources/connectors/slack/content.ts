import { isSyncError, SyncError } from '../../../domain/errors.ts';
import { retryAfterMs } from '../../../domain/retry-after.ts';
import type { Content, ItemRef } from '../../../domain/source.ts';
import { readBody } from '../bounded-body.ts';
import type { AccessTokenProvider } from '../connector.ts';
import { tooLargeToRead } from '../too-large.ts';
import type { SlackCall } from './client.ts';
import { isSlackDocument, readId } from './map.ts';
import { readDay, readThread } from './messages.ts';
import type { Names } from './names.ts';
import { chainHash, isChainHash, namesNeededBy, renderMessages } from './text.ts';
import { fileAnswer } from './wire.ts';

export interface Reader {
  readonly call: SlackCall;
  readonly names: Names;
  readonly tokens: AccessTokenProvider;
  readonly maxBytes: number;
  /** The origin of files. A simulated Slack serves them from the same address. */
  readonly fileOrigin: string;
}

/**
 * Fetches a thread or a day's messages as Markdown, or the bytes of a file.
 * @param isLastTry set if the item would otherwise be left to a later job
 */
export async function fetchContent(
  reader: Reader,
  ref: ItemRef,
  signal: AbortSignal,
  isLastTry: boolean,
): Promise<Content> {
  const id = readId(ref.externalId);
  if (id === null) throw new SyncError('not_found', { scope: 'item', message: 'The message no longer exists.' });
  if (id.file !== null) return await download(reader, ref, { fileId: id.file, isLastTry }, signal);
  const { call, names, maxBytes } = reader;
  const read =
    'thread' in id.of
      ? await readThread(call, id.channel, id.of.thread, maxBytes, signal)
      : (await readDay(call, id.channel, id.of.date, maxBytes, signal)).toReversed();
  const order = await names.files(read, signal);
  const hash = ('thread' in id.of ? order : order.toReversed()).reduce(chainHash, '');
  const known = await names.all(order.flatMap(namesNeededBy), signal);
  const bytes = Buffer.from(renderMessages(ref.fetchHints?.['label'] ?? '', order, known));
  if (bytes.byteLength > maxBytes) throw tooLargeToRead('text', maxBytes);
  // A thread known only from the history has a different kind of fingerprint.
  const isComparable = isChainHash(ref.fingerprint.value);
  return {
    bytes,
    mimeType: 'text/markdown',
    ...(isComparable ? { fingerprint: { kind: ref.fingerprint.kind, value: hash } } : {}),
  };
}

async function download(
  reader: Reader,
  ref: ItemRef,
  { fileId, isLastTry }: { readonly fileId: string; readonly isLastTry: boolean },
  signal: AbortSignal,
): Promise<Content> {
  const isDocument = isSlackDocument(ref);
  // For a document, a call must prove that it may be opened, because Slack's login page is HTML too.
  const known = isDocument ? undefined : ref.fetchHints?.['url'];
  const url = known ?? (await findAddress(reader.call, fileId, signal));
  const mimeType = isDocument ? 'text/html' : (ref.mimeType ?? 'application/octet-stream');
  const response = await openFile(reader, { url, fileId, mimeType }, signal);
  const bytes = await readBody(response, reader.maxBytes, signal, {
    tooLong: () => tooLargeToRead('file', reader.maxBytes),
    cutShort,
  });
  if (isHtml(mimeType) && isLoginPage(bytes)) throw loginPage(200);
  // Slack may state another size than it ever sends. What announces its length has arrived as it was sent.
  const isAsSent = isLastTry && response.headers.has('content-length');
  if (!isDocument && ref.size !== null && bytes.byteLength < ref.size && !isAsSent) {
    throw new SyncError('unavailable', {
      code: 'cut_short',
      scope: 'item',
      message: 'The file arrived incomplete. It is downloaded again automatically.',
    });
  }
  return { bytes, mimeType };
}

/** Files of shared channels come without an address (docs/vendors/slack.md#files). */
async function findAddress(call: SlackCall, fileId: string, signal: AbortSignal): Promise<string> {
  const { file } = await call('item', 'files.info', { file: fileId }, fileAnswer, signal);
  const url = file.url_private_download ?? file.url_private;
  if (url !== undefined && file.mode !== 'tombstone' && file.mode !== 'external') return url;
  throw fileIsDeleted();
}

/** The address comes from a message that anybody may have written, so the token is sent only to Slack's own host. */
async function open({ tokens, fileOrigin }: Reader, url: string, signal: AbortSignal): Promise<Response> {
  if (!URL.canParse(url) || new URL(url).origin !== fileOrigin) {
    throw new SyncError('unsupported', {
      code: 'foreign_file',
      scope: 'item',
      message: 'The file is stored outside of Slack, which only links to it.',
    });
  }
  const accessToken = await tokens.accessToken(signal);
  const headers = { authorization: `Bearer ${accessToken}` };
  try {
    return await (tokens.fetchFor?.(accessToken) ?? fetch)(url, { headers, redirect: 'manual', signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isSyncError(error)) throw error;
    throw noAnswer('no answer');
  }
}

/**
 * Slack sends requests without access to its login page, or returns that page with status 200, whatever the reason
 * (docs/vendors/slack.md#files). A call then checks the sign-in and replaces an expired token; if the sign-in is valid,
 * the file itself may not be opened.
 */
async function openFile(
  reader: Reader,
  { url, fileId, mimeType }: { readonly url: string; readonly fileId: string; readonly mimeType: string },
  signal: AbortSignal,
): Promise<Response> {
  const first = await open(reader, url, signal);
  if (isFile(first, mimeType)) return first;
  await refuseOther(first);
  const second = await open(reader, await findAddress(reader.call, fileId, signal), signal);
  if (isFile(second, mimeType)) return second;
  await refuseOther(second);
  throw loginPage(second.status);
}

function loginPage(status: number): SyncError {
  return new SyncError('forbidden', {
    code: 'login_page',
    scope: 'item',
    message: 'Slack returned its login page instead of the file, because the account may not open it.',
    operatorMessage: `slack: ${status} for a file`,
  });
}

/** Recognizes the page by its title; a document's own title is also in its text. */
function isLoginPage(bytes: Uint8Array): boolean {
  const title = /<title>([^<]{0,200})<\/title>/i.exec(new TextDecoder().decode(bytes.subarray(0, 16_384)))?.[1] ?? '';
  return /^\s*(sign in|log ?in)\b.*\bslack\s*$|^\s*slack\b.*\b(sign in|log ?in)\s*$/i.test(title);
}

function isHtml(mimeType: string): boolean {
  return mimeType.startsWith('text/html');
}

function isFile({ status, headers }: Response, mimeType: string): boolean {
  const isPage = headers.get('content-type')?.startsWith('text/html') === true;
  return status === 200 && (!isPage || isHtml(mimeType));
}

/** Handles an answer that is neither the file nor the login page. */
async function refuseOther(response: Response): Promise<void> {
  const { status, headers } = response;
  await response.body?.cancel();
  if (status === 429) throw tooMany(retryAfterMs(headers));
  if (status === 404 || status === 410) throw fileIsDeleted();
  if (status >= 500) throw noAnswer(String(status));
}

function fileIsDeleted(): SyncError {
  return new SyncError('not_found', { scope: 'item', message: 'The file no longer exists in Slack.' });
}

function cutShort(): SyncError {
  return noAnswer('a truncated body');
}

function tooMany(delay: number | undefined): SyncError {
  return new SyncError('rate_limited', {
    scope: 'account',
    message: 'Rate limited by Slack. The sync resumes automatically after the time that Slack requested.',
    ...(delay === undefined ? {} : { retryAfterMs: delay }),
  });
}

function noAnswer(detail: string): SyncError {
  return new SyncError('unavailable', {
    scope: 'item',
    message: 'Slack did not return the file. The download is retried automatically.',
    operatorMessage: `slack: ${detail} for a file`,
  });
}
