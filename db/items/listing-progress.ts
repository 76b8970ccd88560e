/**
 * Does a listing get on? Vendors have shown the same page for ever, each time with another cursor, or the same cursor again and
 * again. Pages that are empty or add nothing are no proof by themselves: a feed of changes outside of what is synced is
 * made of them, and a walk down a tree shows once more what a search has shown. So three things are counted, each with a bound of
 * its own: how often the very same cursor came, how many pages in a row showed the very same entries as an earlier page,
 * and, far more generously, how many in a row added nothing.
 */

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Entry, ListPage } from '../../domain/source.ts';
import type { UserTransaction } from '../access/as-user.ts';
import type { PageKey } from './listing.ts';

/** A cursor that comes so often leads nowhere. Twice may be a vendor that answers "not yet" with an empty page. */
const maxSameCursor = 3;
/** Pages in a row with the same entries as earlier ones of this listing. A feed may repeat itself for a page or two. */
const maxRepeats = 24;
/** Pages in a row that add nothing, beside one for each item that the job has seen: so long a walk may be that finds nothing new. */
const maxIdle = 2000;

/** Kept with each page of a listing, so that it outlives a worker. */
export interface ListingProgress {
  readonly cursorDigest: string | null;
  readonly contentDigest: string | null;
  readonly repeats: number;
  readonly idle: number;
}

/** @returns how the listing gets on with this page, and whether it never ends */
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

/** What an entry is about, without facts that may differ from one answer to the next. */
function nameOf(entry: Entry): string {
  return `${entry.state} ${entry.state === 'deleted_path' ? entry.path : entry.externalId}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
