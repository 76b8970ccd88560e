/**
 * Stores what text recognition has read in scans and pictures, by the hash of their bytes, so that it is done only
 * once.
 */

import { sql } from 'kysely';
import type { RecognizedPage } from '../../domain/reading.ts';
import { storableText } from '../../domain/storable.ts';
import type { UserTransaction } from '../access/as-user.ts';

export interface RecognitionKey {
  readonly userId: string;
  /** sha-256 of the bytes. */
  readonly contentHash: string;
  /** The engine and the languages. */
  readonly settings: string;
}

/**
 * How long pages are stored that never became part of a document: a cancelled job may be continued within that time.
 */
const unusedFor = sql`interval '7 days'`;

export async function findRecognizedPages(trx: UserTransaction, key: RecognitionKey): Promise<RecognizedPage[]> {
  return await trx
    .selectFrom('recognisedPages')
    .select(['page', 'text', 'confidence'])
    .where('userId', '=', key.userId)
    .where('contentHash', '=', key.contentHash)
    .where('settings', '=', key.settings)
    .orderBy('page')
    .execute();
}

/** Storing a page twice changes nothing. */
export async function keepRecognizedPage(
  trx: UserTransaction,
  key: RecognitionKey,
  { page, text, confidence }: RecognizedPage,
): Promise<void> {
  await trx
    .insertInto('recognisedPages')
    .values({ ...key, page, text: storableText(text), confidence: confidence ?? 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Deletes what was recognized in documents whose text was redacted, because it still contains what redaction removed.
 * Reading them again recognizes them again.
 */
export async function forgetRedactedPages(trx: UserTransaction, contentHashes: readonly string[]): Promise<void> {
  if (contentHashes.length === 0) return;
  await trx.deleteFrom('recognisedPages').where('contentHash', 'in', contentHashes).execute();
}

/** A trigger deletes the pages of a document with it; these never became part of one that may keep them. */
export async function forgetUnusedPages(trx: UserTransaction): Promise<void> {
  await sql`
    delete from recognised_pages r where r.created_at < now() - ${unusedFor} and not exists (
      select from documents d where d.user_id = r.user_id and d.content_hash = r.content_hash
        and d.metadata ? 'recognisedPages' and d.original <> 'nowhere')`.execute(trx);
}
