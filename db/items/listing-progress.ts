/**
 * Detects listings that never end. Vendors have returned the same page endlessly, each time with another cursor, or
 * repeated the same cursor. A page that is empty or adds nothing is no proof: a feed of changes outside the synced
 * scope consists of such pages, and walking down a tree repeats what a search has returned. So three things are
 * counted, each with its own limit: how often the same cursor was returned, how many pages in a row repeated the
 * entries of earlier pages, and, with a far higher limit, how many in a row added nothing.
 */

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Entry, ListPage } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';

/**
 * A cursor that was returned this often does not advance. Two may be a vendor that answers "not yet" with an empty
 * page.
 */
const maxSameCursor = 3;
/** Pages in a row that repeat the entries of earlier pages of this listing. A feed may do this for a page or two. */
const maxRepeats = 24;
/**
 * Pages in a row that add nothing, in addition to one for each item that the job has seen: a listing may legitimately
 * be this long without a new item.
 */
const maxIdle = 2000;

/** Stored with each page of a listing, so that it survives the worker. */
export interface ListingProgress {
  readonly cursorDigest: string | null;
  readonly contentDigest: string | null;
  readonly repeats: number;
  readonly idle: number;
}

/** @returns the progress of the listing with this page, and whether the listing never ends */
export async function findProgress(
  trx: UserTransaction,
  key: PageKey,
  { entries, next }: ListPage,
): Promise<ListingProgress & { readonly isEndless: boolean }> {
  const cursorDigest = next.more ? digest(next.cursor) : null;
  const contentDigest = entries.length === 0 ? null : digest(entries.map(nameOf).toSorted().join('\n'));
  const { rows } = await sql<Before>`
    with listed as not materialized (
      select p.* from job_pages p join sync_jobs j on j.id = p.job_id
      where p.job_id = ${key.jobId} and p.page < ${key.page} and p.page >= j.listing_from_page
        and p.kind in ('listing', 'container')
    ), last as (select repeats, idle from listed order by page desc limit 1)
    select coalesce((select repeats from last), 0) as repeats, coalesce((select idle from last), 0) as idle,
      (select count(*) from listed where cursor_digest = ${cursorDigest})::int as same_cursor,
      exists (select from listed where content_digest = ${contentDigest}) as same_content`.execute(trx);
  const before = rows[0] ?? { repeats: 0, idle: 0, sameCursor: 0, sameContent: false };
  const repeats = contentDigest === null ? before.repeats : before.sameContent ? before.repeats + 1 : 0;
  const idle = contentDigest === null || before.sameContent ? before.idle + 1 : 0;
  const isEndless =
    next.more && (before.sameCursor >= maxSameCursor || repeats >= maxRepeats || (await isIdle(trx, key, idle)));
  return { cursorDigest, contentDigest, repeats, idle, isEndless };
}

interface Before {
  readonly repeats: number;
  readonly idle: number;
  readonly sameCursor: number;
  readonly sameContent: boolean;
}

async function isIdle(trx: UserTransaction, { jobId, dataSourceId }: PageKey, idle: number): Promise<boolean> {
  if (idle <= maxIdle) return false;
  const { rows } = await sql<{ seen: number }>`
    select count(*)::int as seen from sync_items
    where data_source_id = ${dataSourceId} and last_seen_job_id = ${jobId}`.execute(trx);
  return idle > maxIdle + (rows[0]?.seen ?? 0);
}

/** Identifies an entry without facts that may differ between answers. */
function nameOf(entry: Entry): string {
  return `${entry.state} ${entry.state === 'deleted_path' ? entry.path : entry.externalId}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
