import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { basename } from 'node:path/posix';
import { type Kysely, sql } from 'kysely';
import { cleanStaging } from '../../../activities/clean-staging.ts';
import { openStaging } from '../../../content/staging/index.ts';
import { asUser, type UserTransaction } from '../../../db/access/as-user.ts';
import type { Database } from '../../../db/access/database.ts';
import { isReadable } from './files.ts';
import { factPattern, type TrueFile, type Truth } from './vendors/vendor.ts';

interface HeldItem {
  readonly externalId: string;
  readonly path: string;
  readonly status: string;
  readonly errorCode: string | null;
  readonly contentHash: string | null;
  readonly isLive: boolean;
  readonly title: string | null;
  readonly text: string;
}

/**
 * Compares what a user's database contains with the account, item by item, and finds leftovers. It serves for a
 * restored database as for the one that was synced.
 */
export async function compareWithTruth(
  db: Kysely<Database>,
  { userId, truth }: { readonly userId: string; readonly truth: Truth },
): Promise<string[]> {
  const held = await asUser(db, userId, findHeld);
  const problems = truth.kind === 'files' ? compareFiles(truth.files, held) : compareFacts(truth.facts, held);
  problems.push(...(await asUser(db, userId, findLeftovers)));
  return problems;
}

/**
 * Finds bytes that ended jobs have left in the folder for staged bytes. The last step of a terminated job may write after
 * its folder was deleted, so leftovers are what a worker does not clear when it starts or every six hours.
 */
export async function findStagedLeftovers(db: Kysely<Database>, dataDir: string): Promise<string[]> {
  await cleanStaging({ db, staging: openStaging(null, dataDir) });
  const staged = await readdir(join(dataDir, 'staging')).catch(() => []);
  return staged.length > 0 ? [`staged bytes of ${staged.length} jobs are left`] : [];
}

function compareFiles(files: readonly TrueFile[], held: readonly HeldItem[]): string[] {
  const byId = new Map(held.map((item) => [item.externalId, item]));
  const problems: string[] = [];
  for (const file of files) {
    const problem = problemOf(file, byId.get(file.id));
    if (problem !== null) problems.push(`${file.path}: ${problem}`);
    byId.delete(file.id);
  }
  for (const item of byId.values()) problems.push(`${item.path}: no longer at the source, still held`);
  return problems;
}

function compareFacts(facts: readonly string[], held: readonly HeldItem[]): string[] {
  const reported = held.filter((item) => item.isLive).flatMap((item) => item.text.match(factPattern) ?? []);
  const times = Map.groupBy(reported, (fact) => fact);
  const problems = facts
    .filter((fact) => times.get(fact)?.length !== 1)
    .map((fact) => {
      return `${fact}: held ${times.get(fact)?.length ?? 0} times`;
    });
  const known = new Set(facts);
  for (const fact of times.keys()) if (!known.has(fact)) problems.push(`${fact}: no longer at the source, still held`);
  return problems;
}

function problemOf({ path, bytes }: TrueFile, item: HeldItem | undefined): string | null {
  if (item === undefined) return 'not held';
  if (item.path !== path) return `held as ${item.path}`;
  if (!isReadable(path)) return item.status === 'skipped' && !item.isLive ? null : `${item.status}, should be skipped`;
  if (item.status !== 'synced' || !item.isLive) return `${item.status} (${item.errorCode ?? 'no reason'})`;
  if (item.title !== basename(path)) return `held with the title ${item.title}`;
  if (item.contentHash !== createHash('sha256').update(bytes).digest('hex')) return 'held with different content';
  return item.text.trim() === bytes.toString().trim() ? null : 'held with different text';
}

async function findHeld(trx: UserTransaction): Promise<HeldItem[]> {
  const { rows } = await sql<HeldItem>`
    select i.external_id, i.external_path as path, i.sync_status as status, i.last_error_code as error_code,
      d.content_hash, d.title, d.live_generation is not null as is_live,
      coalesce((select string_agg(c.text, '' order by c.ordinal) from document_chunks c
        where c.document_id = d.id and c.generation = d.live_generation), '') as text
    from sync_items i left join documents d on d.id = i.local_document_id`.execute(trx);
  return rows;
}

async function findLeftovers(trx: UserTransaction): Promise<string[]> {
  const { rows } = await sql<{ what: string; count: number }>`
    select 'chunks of dead versions' as what, count(*)::int as count from document_chunks c
      join documents d on d.id = c.document_id where c.generation is distinct from d.live_generation
    union all select 'chunks without a vector', count(*)::int from document_chunks c where not exists (
      select from embeddings e where e.user_id = c.user_id and e.text_hash = c.text_hash and e.vector is not null)
    union all select 'vectors that nothing uses', count(*)::int from embeddings e where not exists (
      select from document_chunks c where c.user_id = e.user_id and c.text_hash = e.text_hash)
    union all select 'claims on vectors', count(*)::int from embeddings where vector is null
    union all select 'vector deletions not done', count(*)::int from vector_deletions
    union all select 'documents without an item', count(*)::int from documents d where not exists (
      select from sync_items i where i.local_document_id = coalesce(d.archive_id, d.id))
    union all select 'jobs that still run', count(*)::int from sync_jobs where status in ('pending', 'running')
    union all select 'jobs whose counts do not add up', count(*)::int from sync_jobs
      where status <> 'failed' and items_found <> items_created + items_updated + items_unchanged + items_removed
        + items_skipped + items_failed`.execute(trx);
  return rows.filter((row) => row.count > 0).map((row) => `${row.count} ${row.what}`);
}
