/** Uploads: a body is stored part by part while it arrives, so that no file is ever in memory as a whole. */

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import {
  abandonUpload,
  beginUpload,
  finishUpload,
  storePart,
  type UploadOutcome,
  type UploadUsage,
} from '../db/sources/uploaded-files.ts';
import { asUser } from '../db/access/as-user.ts';
import type { UploadedFile } from '../domain/uploads.ts';
import type { Config } from '../platform/config.ts';
import { passOnNotification } from '../sources/change-notifications/notify.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound, Problem } from './problem.ts';

const megabyte = 1_048_576;
const partBytes = megabyte;
/** A person waits for the sync, and the next file of a folder follows soon. */
const quietMs = 3000;

interface Upload {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly path: string;
  /** In bytes, as the request states it. */
  readonly size: number;
  readonly body: Readable;
}

/** @throws Problem 409 for a full quota, 400 for a body that ends early */
export async function storeUpload(
  deps: Pick<ApiDependencies, 'db' | 'config'>,
  upload: Upload,
): Promise<{ readonly file: UploadedFile; readonly outcome: UploadOutcome }> {
  const { userId, body, size } = upload;
  const max = maxUploads(deps.config);
  try {
    const started = await asUser(deps.db, userId, (trx) => beginUpload(trx, upload, max));
    if (!('contentId' in started)) throw quotaReached(started, max);
    const { contentId } = started;
    try {
      const sha256 = await storeParts(deps, { userId, contentId, size, body });
      return await asUser(deps.db, userId, (trx) => finishUpload(trx, { ...upload, contentId, sha256 }));
    } catch (error) {
      // If this fails too, a later upload deletes what is left.
      await asUser(deps.db, userId, (trx) => abandonUpload(trx, contentId)).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw isOfDeletedSource(error) ? notFound('data source') : error;
  }
}

async function storeParts(
  deps: Pick<ApiDependencies, 'db'>,
  { userId, contentId, size, body }: Pick<Upload, 'userId' | 'size' | 'body'> & { readonly contentId: string },
): Promise<string> {
  const sha256 = createHash('sha256');
  let [ordinal, arrived] = [0, 0];
  for await (const bytes of inParts(body)) {
    arrived += bytes.length;
    if (arrived > size) throw brokenOff();
    sha256.update(bytes);
    const part = { userId, contentId, ordinal, bytes };
    await asUser(deps.db, userId, (trx) => storePart(trx, part));
    ordinal++;
  }
  if (arrived !== size) throw brokenOff();
  return sha256.digest('hex');
}

async function* inParts(body: Readable): AsyncGenerator<Buffer> {
  let [pieces, length] = [[] as Buffer[], 0];
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length < partBytes) continue;
      yield Buffer.concat(pieces);
      [pieces, length] = [[], 0];
    }
  } catch (error) {
    throw Error.isError(error) && 'code' in error && error.code === 'ECONNRESET' ? brokenOff() : error;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

/** Returns how many files and bytes one user may upload. */
export function maxUploads({ maxPerUser }: Config): UploadUsage {
  return { files: maxPerUser.files, bytes: maxPerUser.uploadMegabytes * megabyte };
}

function quotaReached(used: UploadUsage, max: UploadUsage): Problem {
  const megabytes = (bytes: number): string => (bytes / megabyte).toFixed(bytes < 10 * megabyte ? 1 : 0);
  return new Problem(
    409,
    'upload_quota',
    `Your uploaded files (${used.files}, ${megabytes(used.bytes)} MB) and this one exceed the limit of ${max.files} files and ${megabytes(max.bytes)} MB per user (MAX_PER_USER). Delete some first.`,
  );
}

function brokenOff(): Problem {
  return new Problem(
    400,
    'upload_broken_off',
    'The upload ended before all of its bytes had arrived. Upload the file again.',
  );
}

/** The source was deleted while the upload was running: PostgreSQL's code for a missing foreign key. */
function isOfDeletedSource(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === '23503';
}

/**
 * Starts one sync for all changes that follow each other closely, when the last has been made.
 * @returns what a person should know if it could not be started; the files are stored anyway
 */
export async function syncSoon(
  deps: ApiDependencies,
  log: FastifyBaseLogger,
  source: { readonly userId: string; readonly dataSourceId: string },
): Promise<string | null> {
  const { changeNotifications } = deps.config;
  const waits = { quietMs: Math.min(quietMs, changeNotifications.quietMs), maxMs: changeNotifications.maxMs };
  try {
    await passOnNotification(deps, { ...source, ...waits });
    return null;
  } catch (error) {
    log.warn({ err: error, dataSourceId: source.dataSourceId }, 'the sync of uploaded files could not be started');
    return 'The files are stored, but no sync could be started, because Temporal does not answer. Start one later.';
  }
}
