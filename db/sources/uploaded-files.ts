/** Files that users upload: stored in parts, listed, followed, replaced and deleted. */

import { type Kysely, sql } from 'kysely';
import { deletionsKeptMs, type UploadedChange, type UploadedFile, type UploadedFiles } from '../../domain/uploads.ts';
import { asUser, type UserTransaction } from '../access/as-user.ts';
import type { Database } from '../access/database.ts';

/** An upload that has not ended after this time has broken off. */
const abandonedAfterMs = 3_600_000;

export interface UploadUsage {
  readonly files: number;
  /** The size of all contents, also of uploads that have not ended. */
  readonly bytes: number;
}

/**
 * Makes the changes of one user's files take turns until the transaction ends. Counting and adding are then one step,
 * and revisions become visible in their order, so that a reader of the feed passes none.
 */
async function takeTurn(trx: UserTransaction, userId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('uploaded_files'), hashtext(${userId}))`.execute(trx);
}

/**
 * True of all contents `c`, and of all files `f`. Only statements that say it are served by the indexes of users, so that
 * these are not taken for the key where one is looked up (docs/decisions/40-plans-for-new-sources.md).
 */
const [hasAnySize, hasAnyPath] = [sql`c.size >= 0`, sql`f.path >= ''`];

export async function measureUploads(trx: UserTransaction): Promise<UploadUsage> {
  const { rows } = await sql<{ files: number; bytes: string }>`
    select (select count(*) from uploaded_files f where ${hasAnyPath} and f.deleted_at is null)::int as files,
      (select coalesce(sum(c.size), 0) from uploaded_contents c where ${hasAnySize}) as bytes`.execute(trx);
  return { files: rows[0]?.files ?? 0, bytes: Number(rows[0]?.bytes ?? 0) };
}

interface NewContent {
  readonly userId: string;
  readonly dataSourceId: string;
  readonly path: string;
  /** In bytes, as announced. */
  readonly size: number;
}

/**
 * Reserves the space for an upload. What broke off earlier is deleted first, and deletions that no feed reports any
 * more.
 * @param max of all the user's files; a file that is replaced does not count
 * @returns the content's id, or what there is if the upload would exceed it
 */
export async function beginUpload(
  trx: UserTransaction,
  { userId, dataSourceId, path, size }: NewContent,
  max: UploadUsage,
): Promise<{ readonly contentId: string } | UploadUsage> {
  await takeTurn(trx, userId);
  await deleteLeftovers(trx);
  const usage = await measureUploads(trx);
  const replaced = await trx
    .selectFrom('uploadedFiles as f')
    .innerJoin('uploadedContents as c', 'c.id', 'f.contentId')
    .select('c.size')
    .where('f.dataSourceId', '=', dataSourceId)
    .where('f.path', '=', path)
    .executeTakeFirst();
  const files = usage.files + (replaced === undefined ? 1 : 0);
  const bytes = usage.bytes + size - Number(replaced?.size ?? 0);
  if (files > max.files || bytes > max.bytes) return usage;
  const { id } = await trx
    .insertInto('uploadedContents')
    .values({ userId, dataSourceId, size })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { contentId: id };
}

async function deleteLeftovers(trx: UserTransaction): Promise<void> {
  const [abandoned, forgotten] = [abandonedAfterMs, deletionsKeptMs].map((ms) => new Date(Date.now() - ms));
  await sql`
    delete from uploaded_contents c where ${hasAnySize} and c.created_at < ${abandoned}
      and not exists (select from uploaded_files f where f.content_id = c.id offset 0)`.execute(trx);
  await sql`delete from uploaded_files f where ${hasAnyPath} and f.deleted_at < ${forgotten}`.execute(trx);
}

export async function storePart(
  trx: UserTransaction,
  part: { readonly userId: string; readonly contentId: string; readonly ordinal: number; readonly bytes: Buffer },
): Promise<void> {
  await trx.insertInto('uploadedParts').values(part).execute();
}

/** Deletes the content of an upload that failed. */
export async function abandonUpload(trx: UserTransaction, contentId: string): Promise<void> {
  await trx.deleteFrom('uploadedContents').where('id', '=', contentId).execute();
}

export type UploadOutcome = 'created' | 'replaced' | 'unchanged';

/** Makes a complete content the file at a path. The same bytes once more change nothing. */
export async function finishUpload(
  trx: UserTransaction,
  { userId, dataSourceId, path, contentId, sha256 }: Omit<NewContent, 'size'> & { contentId: string; sha256: string },
): Promise<{ readonly file: UploadedFile; readonly outcome: UploadOutcome }> {
  await takeTurn(trx, userId);
  const before = await trx
    .selectFrom('uploadedFiles')
    .select(['id', 'contentId', 'sha256'])
    .where('dataSourceId', '=', dataSourceId)
    .where('path', '=', path)
    .executeTakeFirst();
  const isSame = before !== undefined && before.contentId !== null && before.sha256 === sha256;
  if (!isSame)
    await trx
      .insertInto('uploadedFiles')
      .values({ userId, dataSourceId, path, contentId, sha256 })
      .onConflict((conflict) =>
        conflict.columns(['dataSourceId', 'path']).doUpdateSet({
          contentId,
          sha256,
          deletedAt: null,
          uploadedAt: sql<Date>`now()`,
          revision: nextRevision,
        }),
      )
      .execute();
  const unused = isSame ? contentId : before?.contentId;
  if (typeof unused === 'string') await abandonUpload(trx, unused);
  const file = await selectFiles(trx).where('f.dataSourceId', '=', dataSourceId).where('f.path', '=', path).execute();
  const outcome = isSame ? 'unchanged' : typeof before?.contentId === 'string' ? 'replaced' : 'created';
  return { file: toFile(only(file)), outcome };
}

const nextRevision = sql<string>`nextval('uploaded_file_revisions')`;

/**
 * Deletes a file, or with a path that ends with `/` all files in that folder. @returns how many there were
 */
export async function deleteUploads(
  trx: UserTransaction,
  { userId, dataSourceId, path }: Pick<NewContent, 'userId' | 'dataSourceId' | 'path'>,
): Promise<number> {
  await takeTurn(trx, userId);
  const isInside = path.endsWith('/') ? sql<boolean>`starts_with(path, ${path})` : sql<boolean>`path = ${path}`;
  const deleted = await sql<{ contentId: string }>`
    with deleted as (
      select id, content_id from uploaded_files
        where data_source_id = ${dataSourceId} and deleted_at is null and ${isInside} for update)
    update uploaded_files f set content_id = null, deleted_at = now(), revision = ${nextRevision}
      from deleted where f.id = deleted.id returning deleted.content_id`.execute(trx);
  const contentIds = deleted.rows.map(({ contentId }) => contentId);
  // One parameter: a folder may have more files than a statement may have parameters.
  await sql`delete from uploaded_contents where id = any(${contentIds}::uuid[])`.execute(trx);
  return contentIds.length;
}

/** An uploaded file with the results of its latest syncs. */
export interface UploadedFileRow extends UploadedFile {
  /** Null if no sync has found it, or not since it was replaced. */
  readonly syncStatus: 'pending' | 'synced' | 'skipped' | 'failed' | null;
  readonly message: string | null;
  readonly documentId: string | null;
}

/** Files in the order of their paths. @param filter.after the path after which the page begins */
export async function listUploads(
  trx: UserTransaction,
  dataSourceId: string,
  filter: { readonly after: string | null; readonly text: string | undefined; readonly limit: number },
): Promise<UploadedFileRow[]> {
  const rows = await selectFiles(trx)
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('syncItems')
          .select(['syncStatus', 'lastErrorMessage', 'localDocumentId', 'listedHash'])
          .where('dataSourceId', '=', dataSourceId)
          .where(sql<boolean>`external_id = f.id::text`)
          .offset(0)
          .as('i'),
      (join) => join.onRef('i.listedHash', '=', 'f.sha256'),
    )
    .select(['i.syncStatus', 'i.lastErrorMessage as message', 'i.localDocumentId as documentId'])
    .where('f.dataSourceId', '=', dataSourceId)
    .$if(filter.after !== null, (q) => q.where(sql<boolean>`f.path collate "C" > ${filter.after}`))
    .$if(filter.text !== undefined, (q) =>
      q.where(sql<boolean>`position(lower(${filter.text ?? ''}) in lower(f.path)) > 0`),
    )
    .orderBy(sql`f.path collate "C"`)
    .limit(filter.limit)
    .execute();
  return rows.map(({ syncStatus, message, documentId, ...row }) => ({
    ...toFile(row),
    syncStatus,
    message,
    documentId,
  }));
}

export async function countUploads(trx: UserTransaction, dataSourceId: string): Promise<UploadUsage> {
  const { rows } = await sql<{ files: number; bytes: string }>`
    select count(*)::int as files, coalesce(sum(c.size), 0) as bytes
      from uploaded_files f cross join lateral (select size from uploaded_contents where id = f.content_id offset 0) c
      where f.data_source_id = ${dataSourceId}`.execute(trx);
  return { files: rows[0]?.files ?? 0, bytes: Number(rows[0]?.bytes ?? 0) };
}

/** The files of one source, for its connector; each call is a transaction of its own. */
export function uploadedFilesOf(db: Kysely<Database>, userId: string, dataSourceId: string): UploadedFiles {
  const read = <T>(work: (trx: UserTransaction) => Promise<T>): Promise<T> => asUser(db, userId, work, 'read only');
  const existing = (trx: UserTransaction) => selectFiles(trx).where('f.dataSourceId', '=', dataSourceId);
  return {
    latestRevision: () => read((trx) => findLatestRevision(trx, dataSourceId)),
    list: async (after, limit) => {
      const rows = await read((trx) =>
        existing(trx)
          .$if(after !== null, (q) => q.where('f.id', '>', after))
          .orderBy('f.id')
          .limit(limit)
          .execute(),
      );
      return rows.map(toFile);
    },
    changes: (after, limit) => read((trx) => listChanges(trx, dataSourceId, after, limit)),
    find: async (ids) => (await read((trx) => existing(trx).where('f.id', 'in', ids).execute())).map(toFile),
    open: async (id) => {
      const [row] = await read((trx) => existing(trx).where('f.id', '=', id).execute());
      if (row === undefined) return undefined;
      const part = (ordinal: number) => read((trx) => findPart(trx, row.contentId, ordinal));
      return { file: toFile(row), parts: partsOf(part) };
    },
  };
}

async function* partsOf(part: (ordinal: number) => Promise<Buffer | undefined>): AsyncGenerator<Uint8Array> {
  for (let ordinal = 0; ; ordinal++) {
    const bytes = await part(ordinal);
    if (bytes === undefined) return;
    yield bytes;
  }
}

async function findPart(trx: UserTransaction, contentId: string, ordinal: number): Promise<Buffer | undefined> {
  const row = await trx
    .selectFrom('uploadedParts')
    .select('bytes')
    .where('contentId', '=', contentId)
    .where('ordinal', '=', ordinal)
    .executeTakeFirst();
  return row?.bytes;
}

async function findLatestRevision(trx: UserTransaction, dataSourceId: string): Promise<number> {
  const row = await trx
    .selectFrom('uploadedFiles')
    .select((eb) => eb.fn.max('revision').as('revision'))
    .where('dataSourceId', '=', dataSourceId)
    .executeTakeFirst();
  return Number(row?.revision ?? 0);
}

async function listChanges(
  trx: UserTransaction,
  dataSourceId: string,
  after: number,
  limit: number,
): Promise<UploadedChange[]> {
  const rows = await trx
    .selectFrom('uploadedFiles as f')
    .leftJoin('uploadedContents as c', 'c.id', 'f.contentId')
    .select(['f.id', 'f.path', 'f.sha256', 'f.uploadedAt', 'f.revision', 'c.size'])
    .where('f.dataSourceId', '=', dataSourceId)
    .where('f.revision', '>', String(after))
    .orderBy('f.revision')
    .limit(limit)
    .execute();
  return rows.map(({ revision, size, ...row }) => ({
    id: row.id,
    revision: Number(revision),
    file: size === null ? null : toFile({ ...row, size }),
  }));
}

/** Files that are not deleted. */
function selectFiles(trx: UserTransaction) {
  return trx
    .selectFrom('uploadedFiles as f')
    .innerJoin('uploadedContents as c', 'c.id', 'f.contentId')
    .select(['f.id', 'f.path', 'f.sha256', 'f.uploadedAt', 'c.size', 'c.id as contentId']);
}

function toFile({ id, path, sha256, uploadedAt, size }: Omit<UploadedFile, 'size'> & { size: string }): UploadedFile {
  return { id, path, sha256, uploadedAt, size: Number(size) };
}

function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('an uploaded file disappeared in its own transaction');
  return row;
}
