/**
 * The feed of changes to documents, in the order in which they were committed. Triggers write it
 * (`0016-document-changes`), so no statement can forget to.
 */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { recordOf } from '../vectors/vector-records.ts';
import type { VectorSpace } from '../../domain/vectors.ts';
import { chunksOfDocument } from './live-chunks.ts';
import { documentColumns, type DocumentRow, itemOfDocument } from './document-queries.ts';

export type ChangeKind = 'created' | 'updated' | 'deleted';

/** How far somebody has read a feed. */
export interface FeedPosition {
  /** Names the feed: a user has another one after an erasure. */
  readonly feed: string;
  readonly position: string;
  /** The last time at which the reader had read everything, or began to. Deletions after it must still be there. */
  readonly caughtUpAt: string;
}

export interface DocumentChange {
  readonly position: string;
  readonly kind: ChangeKind;
  readonly at: Date;
  readonly documentId: string;
  readonly dataSourceId: string | null;
  /** The document as it is now; null if it was deleted. */
  readonly document: DocumentRow | null;
}

/** Deletions are remembered for one day more than promised, so that a reader who comes in time never misses one. */
const forgottenAfter = sql`interval '31 days'`;
/** A change is dated shortly before it is committed. No commit takes longer than this. */
const commitMargin = sql`interval '1 hour'`;

/** Changes that one statement looks at, of which a page may show none: they are of another source, or not the latest. */
const maxLooked = 10_000;

/** The beginning of the user's feed. */
export async function openFeed(trx: UserTransaction, userId: string): Promise<FeedPosition> {
  await sql`insert into document_feeds (user_id) values (${userId}) on conflict do nothing`.execute(trx);
  const { rows } = await sql<FeedPosition>`
    select id as feed, '0' as position, ${now} as caught_up_at from document_feeds`.execute(trx);
  const [feed] = rows;
  if (feed === undefined) throw new Error('a feed that was just opened is missing');
  return feed;
}

const now = sql`to_char((now() - ${commitMargin}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

interface ReadOptions {
  readonly limit: number;
  /** Whether only the latest change of each document is returned: for copies, in which it replaces what was there. */
  readonly latestOnly: boolean;
  readonly dataSourceId?: string | undefined;
}

/**
 * Reads the changes after a position. There may be none although more follow.
 * @returns null if deletions after it have been forgotten, the feed was erased, or the database is older than the
 * position (a backup was restored)
 */
export async function readChanges(
  trx: UserTransaction,
  userId: string,
  after: FeedPosition,
  options: ReadOptions,
): Promise<{ readonly changes: DocumentChange[]; readonly next: FeedPosition; readonly hasMore: boolean } | null> {
  const until = await findLookedAt(trx, userId, after.position);
  const rows = await selectChanges(trx, userId, { after: after.position, until }, options);
  // Looked at after the rows, so that what was forgotten in between is noticed.
  const head = await findHead(trx, after);
  if (head === null) return null;
  const changes = rows.slice(0, options.limit).map(toChange);
  const isCut = rows.length > options.limit;
  const hasMore = isCut || until !== null;
  const position = (isCut ? null : until) ?? changes.at(-1)?.position ?? after.position;
  return { changes, next: { ...after, position, ...(hasMore ? {} : { caughtUpAt: head }) }, hasMore };
}

type ChangeRow = Omit<DocumentChange, 'document' | 'dataSourceId'> &
  DocumentRow & { readonly sourceOfChange: string | null };

/**
 * The position of the last change that is looked at; null if there are fewer. The feed is read in the order of its index, as
 * far as needed: of a user whom PostgreSQL does not know, it expects so few changes that it would read all and sort them.
 */
async function findLookedAt(trx: UserTransaction, userId: string, after: string): Promise<string | null> {
  await sql`select set_config('enable_bitmapscan', 'off', true)`.execute(trx);
  const { rows } = await sql<{ position: string }>`
    select position from document_changes where user_id = ${userId} and position > ${after}::bigint
    order by position offset ${maxLooked - 1} limit 1`.execute(trx);
  return rows[0]?.position ?? null;
}

/** Documents and what is shown of them are looked up for each change, what is shown only for those of the page. */
async function selectChanges(
  trx: UserTransaction,
  userId: string,
  { after, until }: { readonly after: string; readonly until: string | null },
  { limit, latestOnly, dataSourceId }: ReadOptions,
): Promise<ChangeRow[]> {
  const latest = sql`and (c.kind <> 'created' or not exists (select from document_changes u
    where u.document_id = c.document_id and u.kind = 'updated'))`;
  const ofSource = sql`and case c.kind when 'deleted' then c.data_source_id else d.data_source_id end = ${dataSourceId}::uuid`;
  const { rows } = await sql<ChangeRow>`
    with page as materialized (
      select c.* from document_changes c left join lateral (
        select id, data_source_id from documents where id = c.document_id and live_generation is not null offset 0
      ) d on true
      where c.user_id = ${userId} and c.position > ${after}::bigint
        and (${until}::bigint is null or c.position <= ${until}::bigint) and (c.kind = 'deleted' or d.id is not null)
        ${latestOnly ? latest : sql``} ${dataSourceId === undefined ? sql`` : ofSource}
      order by c.position limit ${limit + 1}
    )
    select c.position, c.kind, c.at, c.document_id, c.data_source_id as source_of_change, ${documentColumns}
    from page c left join lateral (
      select * from documents where id = c.document_id and live_generation is not null offset 0
    ) d on true left join ${itemOfDocument} i on true
    order by c.position`.execute(trx);
  return rows;
}

function toChange({ position, kind, at, documentId, sourceOfChange, ...document }: ChangeRow): DocumentChange {
  return kind === 'deleted'
    ? { position, kind, at, documentId, dataSourceId: sourceOfChange, document: null }
    : { position, kind, at, documentId, dataSourceId: document.dataSourceId, document };
}

/** @returns the time for `caughtUpAt`; null if the feed cannot be continued from there */
async function findHead(trx: UserTransaction, { feed, position, caughtUpAt }: FeedPosition): Promise<string | null> {
  const { rows } = await sql<{ now: string }>`
    select ${now} as now from document_feeds
    where id = ${feed}::uuid and (forgotten_until is null or forgotten_until <= ${caughtUpAt}::timestamptz)
      and ${position}::bigint <= (select last_value from document_changes_position)`.execute(trx);
  return rows[0]?.now ?? null;
}

/** Forgets deletions that no reader has to be told any more. */
export async function forgetOldDeletions(trx: UserTransaction, userId: string): Promise<void> {
  await sql`
    with forgotten as (
      delete from document_changes
      where user_id = ${userId} and kind = 'deleted' and at < now() - ${forgottenAfter} returning at
    )
    update document_feeds set forgotten_until = greatest(forgotten_until, (select max(at) from forgotten))
    where exists (select from forgotten)`.execute(trx);
}

export interface ExportedChunk {
  readonly documentId: string;
  readonly id: string;
  readonly ordinal: number;
  readonly text: string;
  readonly textHash: string;
  readonly tokens: number;
  readonly place: unknown;
  /** In pgvector's text form, which is JSON; null if there is none, or it was not asked for. */
  readonly vector: string | null;
}

/** The live chunks of documents, with their vectors in this space, which must be stored in Postgres. */
export async function listChunksOf(
  trx: UserTransaction,
  documentIds: readonly string[],
  space: VectorSpace | null,
): Promise<ExportedChunk[]> {
  const vectors = space === null ? sql`` : sql`left join ${recordOf(space, sql`c.text_hash`)} e on true`;
  const { rows } = await sql<ExportedChunk>`
    select c.document_id, c.id, c.ordinal, c.text, c.text_hash, c.tokens, c.place,
      ${space === null ? sql`null` : sql`e.vector::text`} as vector
    from documents d cross join ${chunksOfDocument} c ${vectors}
    where d.id = any(${documentIds}::uuid[]) order by c.document_id, c.ordinal`.execute(trx);
  return rows;
}
