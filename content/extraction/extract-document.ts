import { hash } from 'node:crypto';
import { isSyncError, SyncError } from '../../domain/errors.ts';
import { placesOf } from '../../domain/logged-error.ts';
import type { ExtractionInput } from '../../domain/reading.ts';
import type { ReadDocument, ReadMember } from '../../domain/transformations.ts';
import type { ExtractedMember, ExtractedText } from './extract/extracted-text.ts';
import { withoutEncodedBytes } from './encoded-bytes.ts';
import { readFormat } from './extract/read-format.ts';
import { cannotBeRead, reasonByName } from './foreign-kinds.ts';
import { archivesNotRead, damaged, type Format, formatOf } from './media-types.ts';
import { maxTextLength, normalizeText } from './normalize.ts';
import { confirmFormat } from './sniff.ts';

/**
 * Reads the text of a file, before its owner's transformations. If text must be recognized, the document names the
 * pages (`scannedPages`) and lacks their text.
 * @throws SyncError `unsupported`, or `unreadable` with a code a person can act on
 */
export async function extractDocument(input: ExtractionInput): Promise<ReadDocument> {
  const stated = formatOf(input.mimeType, input.name);
  if (stated === null) {
    throw new SyncError('unsupported', {
      code: 'unsupported_type',
      message: reasonByName(input.mimeType, input.name) ?? cannotBeRead,
    });
  }
  // Readers may transfer the buffer to another thread, so the hash is computed first.
  const contentHash = hash('sha256', input.bytes);
  const format = await withFormat(stated, () => confirmFormat(input.bytes, stated));
  if (format === 'archive' && input.readsArchives !== true) throw new SyncError('unsupported', archivesNotRead);
  const extracted = await withFormat(format, () =>
    readFormat(format, input.bytes, input.recognized ?? null, input.name),
  );
  const document = documentOf(extracted, { format, contentHash, name: input.name });
  const { scannedPages, members } = extracted;
  // Pages without text still have form feeds between them.
  if (document.text.trim() === '' && scannedPages === undefined)
    throw new SyncError('unreadable', { code: 'no_text', message: 'The file contains no text.' });
  return {
    ...document,
    ...(scannedPages === undefined ? {} : { scannedPages }),
    ...(members === undefined ? {} : { members: members.map(memberOf) }),
  };
}

interface FileFacts {
  readonly format: string;
  readonly contentHash: string;
  readonly name: string;
}

function documentOf(
  { text: written, title, metadata }: ExtractedText,
  { format, contentHash, name }: FileFacts,
): ReadDocument {
  const text = withoutEncodedBytes(written);
  return {
    title: normalizeText(title ?? name),
    contentHash,
    metadata: { ...metadata, format, ...(text.length > maxTextLength ? { truncated: true } : {}) },
    text: normalizeText(text),
  };
}

function memberOf({ path, mimeType, size, extracted, ...facts }: ExtractedMember): ReadMember {
  return { ...documentOf(extracted, { ...facts, name: path }), path, mimeType, size };
}

/** Converts a reader's error to a message for the file's owner. */
async function withFormat<Result>(format: Format, read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (isSyncError(error)) throw error;
    // A reader's message may quote the document, so only its class and its place are kept.
    const reason = [Error.isError(error) ? error.name : 'unknown error', placesOf(error)[0]];
    throw new SyncError('unreadable', {
      code: 'corrupt',
      message: damaged(format),
      operatorMessage: `${format}: ${reason.filter((part) => part !== undefined).join(' ')}`,
    });
  }
}
