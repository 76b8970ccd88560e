/**
 * A new source is not in PostgreSQL's statistics, or they were made when its first page had just been listed, when all
 * rows were another user's, or when these had just been deleted, and the planner expects one row of it. Statements that
 * fit each item of a page to its row must not read all rows of the job for it.
 */

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type KyselyPlugin, type RawNode, sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { toSearchTerms, toTerms } from '../../content/search/terms.ts';
import { wordsOf } from '../../content/words/words.ts';
import { compareFiltered } from '../../content/vectors/pgvector-exact.ts';
import { asUser, type UserTransaction } from '../../db/access/as-user.ts';
import { planPage } from '../../db/items/diff.ts';
import { recordListing } from '../../db/items/listing.ts';
import { recomputePaths } from '../../db/items/paths.ts';
import {
  completeCandidates,
  countCandidates,
  findUnconfirmed,
  recordNamed,
  recordSweepPage,
} from '../../db/items/removal-candidates.ts';
import { removeItems } from '../../db/items/removal.ts';
import { countStale, recordStalePage } from '../../db/items/stale.ts';
import { beginUpload, countUploads, listUploads } from '../../db/sources/uploaded-files.ts';
import { applyRules, createRule } from '../../db/documents/assignment-rules.ts';
import { listChunksOf } from '../../db/documents/changes.ts';
import { createCollection, listCollections } from '../../db/documents/collections.ts';
import { countRows, excludeItemOf, findDocumentsToDelete } from '../../db/documents/deletion.ts';
import {
  countDocuments,
  listDocuments,
  listLatestDocuments,
  listSortedDocuments,
} from '../../db/documents/document-queries.ts';
import { findByWords, findChunks } from '../../db/documents/full-text.ts';
import { countLiveTexts, findTextsWithout, sumTextsWithout } from '../../db/documents/stored-texts.ts';
import { dropVersions, type DocumentVersion, writeGenerations } from '../../db/documents/versions.ts';
import { findBatchItems, finishIdenticalContent, type LedgerItem, recordDownloads } from '../../db/jobs/ledger.ts';
import { findJob } from '../../db/jobs/job-lifecycle.ts';
import { computePlan } from '../../db/jobs/plan.ts';
import { recordJobDay } from '../../db/statistics/source-days.ts';
import { deleteUnusedHere, findEmbedded, findUnembedded } from '../../db/vectors/vector-records.ts';
import { userTag } from '../../db/documents/word-index.ts';
import type { DocumentFilter } from '../../domain/documents.ts';
import { toVector } from '../../domain/search.ts';
import type { Entry } from '../../domain/source.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const dataSourceId = '0190b3c2-0000-7000-8000-000000000001';
const jobId = '0190b3c2-0000-7000-8000-000000000002';
const key = { jobId, userId: 'ana', dataSourceId, page: 1 };
const items = 1000;
const folders = 50;
/** What statements may read that look at all rows once, because the table has so few. A row for each item is far more. */
const fewScans = 10 * items;
const space = { store: 'pgvector', model: 'm', dimensions: 2 } as const;

let database: TestDatabase;

async function as<T>(work: (trx: UserTransaction) => Promise<T>): Promise<T> {
  return await asUser(database.db, 'ana', work);
}

/** Runs `work` in a transaction. @returns the number of rows that its statements read */
async function rowsRead(
  work: (trx: UserTransaction) => Promise<unknown>,
  { db = database.db, user = 'ana' } = {},
): Promise<number> {
  return await asUser(db, user, async (trx) => {
    const before = await readSoFar(trx);
    await work(trx);
    return (await readSoFar(trx)) - before;
  });
}

/** Runs `work` in a transaction. @returns how often its statements looked for an item through an index */
async function itemsLookedUp(work: (trx: UserTransaction) => Promise<unknown>): Promise<number> {
  const soFar = async (trx: UserTransaction) => {
    const { rows } = await sql<{ count: number }>`
      select idx_scan::int as count from pg_stat_xact_user_tables where relname = 'sync_items'`.execute(trx);
    return rows[0]?.count ?? 0;
  };
  return await as(async (trx) => {
    const before = await soFar(trx);
    await work(trx);
    return (await soFar(trx)) - before;
  });
}

/** Includes earlier transactions of the connection that it has not reported yet. */
async function readSoFar(trx: UserTransaction): Promise<number> {
  const { rows } = await sql<{ read: number }>`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables`.execute(trx);
  return rows[0]?.read ?? 0;
}

function presentEntry(externalId: string, name: string): Entry {
  const nothing = { parentExternalId: null, mimeType: null, size: null, modifiedAt: null, webUrl: null };
  return { state: 'present', externalId, name, itemType: 'file', fingerprint: { kind: 'md5', value: 'h' }, ...nothing };
}

function newVersion(item: LedgerItem): DocumentVersion {
  const generation = randomUUID();
  const [text, words, place] = [Buffer.from('New minutes'), Buffer.alloc(4), Buffer.from('{}')];
  const chunk = { textHash: generation, tokens: 7, text, context: null, embeddingText: null, words, place };
  return {
    item,
    document: { id: item.documentId, title: item.ref.name, mimeType: null, member: null },
    extracted: { title: item.ref.name, contentHash: 'n', metadata: {}, originalPlace: 'chunks', chunks: [chunk] },
    notes: [],
    titleWords: '',
    generation,
  };
}

/** Stores a document of one chunk, with its vector, for each item of the user's first page. */
async function storeDocuments(trx: UserTransaction, userId: string): Promise<void> {
  await sql`
  insert into documents (user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version, live_generation)
  select ${userId}, data_source_id, external_id, 'file', name, 'h', '1', gen_random_uuid() from job_items where page = 1`.execute(
    trx,
  );
  await sql`
  insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
  select ${userId}, id, live_generation, 0, title, external_id, 3 from documents`.execute(trx);
  await sql`
  insert into embeddings (user_id, store, model, dimensions, text_hash, stored_at)
  select ${userId}, 'pgvector', 'm', 2, text_hash, now() from document_chunks`.execute(trx);
}

/** PostgreSQL would look at the tables again within a minute, in the middle of the tests. */
async function keepStatistics(): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(
    database.db,
  );
  for (const { name } of rows)
    await sql`alter table ${sql.table(name)} set (autovacuum_enabled = false)`.execute(database.db);
}

/** Stores a source of another user with all that belongs to it. */
async function addNeighbor(): Promise<void> {
  await asUser(database.db, 'bob', async (trx) => {
    await sql`insert into data_sources (user_id, name, source_type) values ('bob', 'Files', 'google_drive')`.execute(
      trx,
    );
    await sql`
    insert into sync_jobs (user_id, data_source_id, job_type, trigger, status, started_at, completed_at)
    select 'bob', id, 'full_sync', 'api', 'completed', now(), now() from data_sources`.execute(trx);
    await sql`
    insert into job_items (job_id, user_id, data_source_id, page, external_id, name, item_type, state, outcome)
    select j.id, 'bob', j.data_source_id, 1, md5(i::text), 'Minutes', 'file', 'done', 'created'
    from sync_jobs j, generate_series(1, ${sql.lit(2 * items)}) i`.execute(trx);
    await storeDocuments(trx, 'bob');
    await sql`
    insert into sync_items (user_id, data_source_id, external_id, external_path, name, item_type, listed_hash,
      external_hash_kind, sync_status, local_document_id)
    select 'bob', data_source_id, external_id, title, title, 'file', 'h', 'md5', 'synced', id from documents`.execute(
      trx,
    );
  });
}

/** Leaves pages without a row: PostgreSQL expects that pages stay as full as they were when it looked. */
async function removeNeighbor(): Promise<void> {
  await asUser(database.db, 'bob', async (trx) => {
    for (const table of ['embeddings', 'document_chunks', 'documents', 'job_items', 'sync_jobs', 'data_sources']) {
      await sql`delete from ${sql.table(table)}`.execute(trx);
    }
  });
}

describe.each([
  { statistics: 'without statistics', of: null },
  { statistics: 'with statistics of its first listing', of: 'listing' },
  { statistics: 'with statistics of another user’s', of: 'neighbor' },
  { statistics: 'with statistics of a deletion', of: 'deletion' },
])('a new source $statistics', ({ of }) => {
  beforeAll(async () => {
    database = await createTestDatabase();
    await keepStatistics();
    if (of === 'neighbor' || of === 'deletion') await addNeighbor();
    if (of === 'deletion') await removeNeighbor();
    if (of === 'neighbor' || of === 'deletion') await sql`analyze`.execute(database.db);
    await as(async (trx) => {
      await sql`
      insert into data_sources (id, user_id, name, source_type) values (${dataSourceId}, 'ana', 'Files', 'google_drive')`.execute(
        trx,
      );
      await sql`
      insert into sync_jobs (id, user_id, data_source_id, job_type, trigger, status, started_at, completed_at, items_created)
      values (${jobId}, 'ana', ${dataSourceId}, 'full_sync', 'api', 'running', now(), now(), ${items})`.execute(trx);
      await sql`
      insert into job_items (job_id, user_id, data_source_id, page, external_id, name, item_type, listed_hash, hash_kind)
      select ${jobId}, 'ana', ${dataSourceId}, 1 + i % 2, md5(i::text), 'Minutes ' || i, 'file', i, 'md5'
      from generate_series(1, ${sql.lit(2 * items)}) i`.execute(trx);
    });
    if (of === 'listing') await sql`analyze`.execute(database.db);
  }, 60_000);
  afterAll(async () => await database[Symbol.asyncDispose]());

  test('a page is compared and divided into batches', async () => {
    const input = { ...key, force: false, isStalePage: false, transformationsHash: '', dryRun: false, batchSize: 100 };
    let batches = 0;
    const read = await rowsRead(async (trx) => (batches = await planPage(trx, { ...input, wordsOf })));
    expect(batches).toBe(items / 100);
    expect(read).toBeLessThan(50 * items);
    const { rows } = await as(async (trx) =>
      sql<{ first: string; last: string; count: number }>`
      select min(external_id) as first, max(external_id) as last, count(*)::int as count from job_items
      where batch is not null group by batch order by batch`.execute(trx),
    );
    expect(rows.map((batch) => batch.count)).toEqual(Array.from({ length: batches }, () => 100));
    expect(rows.every((batch, i) => batch.first > (rows[i - 1]?.last ?? ''))).toBe(true);
  });

  test('downloads are recorded', async () => {
    const ids = await as(
      async (trx) => await sql<{ id: string }>`select external_id as id from job_items where batch = 3`.execute(trx),
    );
    const downloads = ids.rows.map(({ id }) => ({
      externalId: id,
      contentHash: 'c',
      contentMimeType: 'text/plain',
      bytes: 1,
      fingerprint: null,
      notes: [],
    }));
    const read = await rowsRead(async (trx) => await recordDownloads(trx, { ...key, batch: 3 }, downloads));
    expect(read).toBeLessThan(50 * downloads.length + fewScans);
  });

  test('the tokens of an ended job are counted', async () => {
    await as(async (trx) => {
      await sql`
      insert into vector_spaces (user_id, store, model, dimensions, state) values ('ana', 'pgvector', 'm', 2, 'live')`.execute(
        trx,
      );
      await storeDocuments(trx, 'ana');
      await sql`update job_items set state = 'done', outcome = 'created' where page = 1`.execute(trx);
    });
    const read = await rowsRead(async (trx) => await recordJobDay(trx, jobId));
    expect(read).toBeLessThan(50 * items);
    const { rows } = await as(
      async (trx) => await sql<{ tokens: string }>`select tokens_embedded as tokens from source_days`.execute(trx),
    );
    expect(rows).toEqual([{ tokens: String(3 * items) }]);
  });

  test('a listed page of unchanged items is recognized as such', async () => {
    const job = '0190b3c2-0000-7000-8000-000000000003';
    const entries = await as(async (trx) => {
      await sql`update sync_jobs set status = 'completed' where id = ${jobId}`.execute(trx);
      await sql`
      insert into sync_jobs (id, user_id, data_source_id, job_type, trigger, status, started_at)
      values (${job}, 'ana', ${dataSourceId}, 'full_sync', 'api', 'running', now())`.execute(trx);
      await sql`
      update sync_items s set name = d.title, external_path = d.title, mime_type = null, parent_external_id = null,
        listed_hash = 'h', external_hash = 'h', external_hash_kind = 'md5', local_document_id = d.id,
        sync_status = 'synced'
      from documents d where d.external_id = s.external_id`.execute(trx);
      const { rows } = await sql<{ id: string; title: string }>`select external_id as id, title from documents`.execute(
        trx,
      );
      return rows.map(({ id, title }) => presentEntry(id, title));
    });
    let page: object = {};
    const read = await rowsRead(async (trx) => {
      page = await recordListing(trx, {
        ...key,
        jobId: job,
        kind: 'listing',
        containerExternalId: null,
        listing: { entries, next: { more: false, checkpoint: null, complete: true } },
        listContainers: 'none',
        dryRun: false,
        ineligible: () => null,
      });
    });
    expect(page).toMatchObject({ items: 0, unchanged: items });
    expect(read).toBeLessThan(50 * items);
  });

  test('bytes that equal those of the live document are recognized', async () => {
    await as(async (trx) => {
      await sql`
      update job_items j set state = 'downloaded', document_id = d.id, content_hash = 'h' from documents d
      where j.external_id = d.external_id and j.batch = 3`.execute(trx);
    });
    let known: readonly string[] = [];
    const current = { pipelineVersion: '1', transformationsHash: '', wordsOf };
    const read = await rowsRead(
      async (trx) => (known = await finishIdenticalContent(trx, { ...key, batch: 3 }, current)),
    );
    expect(known).toHaveLength(100);
    expect(read).toBeLessThan(50 * 100 + fewScans);
  });

  test('new versions are written, and dropped', async () => {
    const batch = { ...key, batch: 4 };
    const versions = await as(async (trx) => {
      await sql`
      update job_items j set state = 'transformed', document_id = d.id from documents d
      where j.external_id = d.external_id and j.batch = 4`.execute(trx);
      return (await findBatchItems(trx, batch, 'transformed')).map(newVersion);
    });
    expect(versions).toHaveLength(100);
    const written = await rowsRead(async (trx) => await writeGenerations(trx, batch, versions, '1'));
    expect(written).toBeLessThan(50 * 100 + fewScans);
    const { rows } = await as(async (trx) => await sql`select from document_chunks where tokens = 7`.execute(trx));
    expect(rows).toHaveLength(100);

    const dropped = await rowsRead(async (trx) => await dropVersions(trx, batch, versions));
    expect(dropped).toBeLessThan(50 * 100 + fewScans);
    const left = await as(async (trx) => await sql`select tokens from document_chunks`.execute(trx));
    expect(left.rows).toEqual(Array.from({ length: items }, () => ({ tokens: 3 })));
  });

  test('the feed notes documents that were renamed, and those whose path changed', async () => {
    const noted = async (change: ReturnType<typeof sql>) =>
      await rowsRead(async (trx) => {
        await change.execute(trx);
        await sql`set constraints all immediate`.execute(trx);
      });
    const { rows: some } = await as(
      async (trx) => await sql<{ id: string }>`select external_id as id from documents limit 100`.execute(trx),
    );
    const these = sql`external_id = any(${some.map(({ id }) => id)}::text[])`;
    const renamed = sql`update documents set title = 'New' where ${these}`;
    const moved = sql`update sync_items set external_path = 'New/' || name where ${these}`;
    expect(await noted(renamed)).toBeLessThan(50 * 100 + fewScans);
    expect(await noted(moved)).toBeLessThan(50 * 100 + fewScans);
    const { rows } = await as(
      async (trx) => await sql`select from document_changes where kind = 'updated'`.execute(trx),
    );
    expect(rows).toHaveLength(100);
  });

  test('the paths in renamed folders are corrected', async () => {
    await as(async (trx) => {
      await sql`
      insert into source_containers (user_id, data_source_id, external_id, name)
      select 'ana', ${dataSourceId}, 'folder ' || i, 'Folder ' || i from generate_series(0, ${sql.lit(folders - 1)}) i`.execute(
        trx,
      );
      await sql`
      update sync_items set parent_external_id = 'folder ' || (('x' || left(external_id, 4))::bit(16)::int % ${sql.lit(folders)})`.execute(
        trx,
      );
    });
    const written: number[] = [];
    const correct = async (trx: UserTransaction) =>
      written.push(await recomputePaths(trx, dataSourceId, (items * 3) / 4));
    expect(await rowsRead(correct)).toBeLessThan(50 * items);
    expect(await rowsRead(correct)).toBeLessThan(50 * items);
    await as(correct);
    expect(written).toEqual([(items * 3) / 4, items / 4, 0]);
    const { rows } = await as(
      async (trx) =>
        await sql<{ paths: number }>`
        select count(*)::int as paths from sync_items where external_path like 'Folder %'`.execute(trx),
    );
    expect(rows).toEqual([{ paths: items }]);
  });

  test('a rule of a project finds its documents', async () => {
    const project = await as(
      async (trx) => (await createCollection(trx, 'project', { userId: 'ana', name: 'Minutes' })) ?? '',
    );
    const rule = { userId: 'ana', id: project, dataSourceId, path: 'Folder', pathPattern: '^Folder' };
    const read = await rowsRead(async (trx) => {
      await createRule(trx, 'project', rule, 1);
      await applyRules(trx, dataSourceId);
    });
    expect(read).toBeLessThan(50 * items);
    const [found] = await as(async (trx) => await listCollections(trx, 'project'));
    expect(found).toMatchObject({ documents: items });
  });

  test('what is still to be confirmed is found without reading what was confirmed before', async () => {
    await as(async (trx) => {
      await sql`
      insert into job_removals (job_id, user_id, external_id, reason, state)
      select ${jobId}, 'ana', lpad(i::text, 5, '0'), 'missed', case when i > ${sql.lit(items)} then 'open' else 'confirmed' end
      from generate_series(1, ${sql.lit(items + 5)}) i`.execute(trx);
    });
    let open: readonly string[] = [];
    const read = await rowsRead(async (trx) => (open = await findUnconfirmed(trx, jobId, 3)));
    expect(open).toEqual(['01001', '01002', '01003']);
    expect(read).toBeLessThan(50);
  });

  test('the vectors of a few texts are found, and those that no text uses are deleted', async () => {
    const { rows } = await as(
      async (trx) =>
        await sql<{ hash: string }>`select text_hash as hash from document_chunks order by 1 limit 20`.execute(trx),
    );
    const hashes = rows.map(({ hash }) => hash);
    const [unused = ''] = hashes;
    await as(async (trx) => await sql`delete from document_chunks where text_hash = ${unused}`.execute(trx));

    let found: ReadonlyMap<string, unknown> = new Map();
    const read = await rowsRead(async (trx) => {
      found = await findEmbedded(trx, space, hashes);
      expect(await findUnembedded(trx, space, [...hashes, 'another'])).toEqual(['another']);
      await deleteUnusedHere(trx, hashes);
    });

    expect(found.size).toBe(20);
    // The embedded database reads all of them for one of the three statements, but not for each.
    expect(read).toBeLessThan(2 * items);
    const left = await as(async (trx) => await sql`select from embeddings`.execute(trx));
    expect(left.rows).toHaveLength(items - 1);
  });

  describe('within a project', () => {
    const members = 100;
    let filter: DocumentFilter;
    beforeAll(async () => {
      const project = { userId: 'ana', name: 'A tenth' };
      const id = await as(async (trx) => (await createCollection(trx, 'project', project)) ?? '');
      filter = { projectIds: [id] };
      await as(async (trx) => {
        await sql`
        insert into project_documents (user_id, project_id, document_id, assigned_by)
        select 'ana', ${id}, id, 'person' from (select id from documents order by external_id desc limit ${sql.lit(members)}) d`.execute(
          trx,
        );
        await sql`update embeddings set vector = '[1,2]'`.execute(trx);
        await sql`
        update document_chunks set search = ${toVector(userTag('ana'), wordsOf('minutes'))}::tsvector`.execute(trx);
      });
    });

    test.each<[string, (trx: UserTransaction) => Promise<unknown>]>([
      [
        'vectors are compared',
        async (trx) =>
          (await compareFiltered(trx, 'ana', space, { vector: Float32Array.of(2, 1), topK: items, filter })).length,
      ],
      [
        'words are found',
        async (trx) => {
          const { hits } = await findByWords(trx, 'ana', toSearchTerms(toTerms('minutes')), items, filter);
          return (
            await findChunks(
              trx,
              hits.map(({ id }) => id),
            )
          ).length;
        },
      ],
      ['documents are listed', async (trx) => (await listDocuments(trx, filter, items, null)).length],
      ['documents are ordered', async (trx) => (await listSortedDocuments(trx, filter, 'title', items, null)).length],
      ['documents are counted', async (trx) => await countDocuments(trx, filter)],
      [
        'texts without a vector are found',
        async (trx) => (await findTextsWithout(trx, { ...space, model: 'another' }, 'stored', '', members)).length,
      ],
      [
        'documents are exported with their vectors',
        async (trx) => {
          const documents = await listDocuments(trx, filter, items, null);
          const ids = documents.map(({ id }) => id);
          return (await listChunksOf(trx, ids, space)).filter(({ vector }) => vector !== null).length;
        },
      ],
    ])('%s without reading all of the user’s for each', async (_, work) => {
      let found: unknown;
      const read = await rowsRead(async (trx) => (found = await work(trx)));
      expect(found).toBe(members);
      expect(read).toBeLessThan(50 * members + fewScans);
    });
  });

  test('of documents that are not on the page, no item is looked up', async () => {
    const page = 10;
    const lists = {
      title: async (trx: UserTransaction) => (await listSortedDocuments(trx, {}, 'title', page, null)).length,
      time: async (trx: UserTransaction) => (await listLatestDocuments(trx, {}, page, null)).length,
      count: async (trx: UserTransaction) => await countDocuments(trx, {}),
      noTitle: async (trx: UserTransaction) =>
        (await listSortedDocuments(trx, { text: 'Nothing' }, 'title', page, null)).length,
      noPath: async (trx: UserTransaction) => await countDocuments(trx, { text: 'Nothing' }),
      aPath: async (trx: UserTransaction) => await countDocuments(trx, { text: 'FOLDER 7/' }),
      aTitle: async (trx: UserTransaction) => await countDocuments(trx, { text: 'minutes 7' }),
    };
    const found: Record<string, unknown> = {};
    for (const [name, list] of Object.entries(lists)) {
      expect(await itemsLookedUp(async (trx) => (found[name] = await list(trx)))).toBeLessThan(5 * page);
    }
    const { rows } = await as(
      async (trx) =>
        await sql<{ aPath: number; aTitle: number }>`
      select count(*) filter (where i.external_path like 'Folder 7/%')::int as a_path,
        count(*) filter (where d.title ilike '%minutes 7%' or i.external_path ilike '%minutes 7%')::int as a_title
      from documents d join sync_items i on i.external_id = d.external_id`.execute(trx),
    );
    expect(found).toEqual({ title: page, time: page, count: items, noTitle: 0, noPath: 0, ...rows[0] });
    expect(rows[0]?.aPath).toBeGreaterThan(0);
    expect(rows[0]?.aTitle).toBeGreaterThan(0);
  });

  test('of a large project and a small tag, only what has both is read', async () => {
    const members = 10;
    const [projectId, tagId] = await as(async (trx) => [
      (await createCollection(trx, 'project', { userId: 'ana', name: 'All' })) ?? '',
      (await createCollection(trx, 'tag', { userId: 'ana', name: 'Few' })) ?? '',
    ]);
    await as(async (trx) => {
      await sql`
      insert into project_documents (user_id, project_id, document_id) select 'ana', ${projectId}, id from documents`.execute(
        trx,
      );
      await sql`
      insert into document_tags (user_id, tag_id, document_id)
      select 'ana', ${tagId}, id from (select id from documents order by id limit ${sql.lit(members)}) d`.execute(trx);
    });
    const filter = { projectIds: [projectId], tagIds: [tagId] } as DocumentFilter;
    for (const list of [
      async (trx: UserTransaction) => await listDocuments(trx, filter, items, null),
      async (trx: UserTransaction) => await listSortedDocuments(trx, filter, 'title', items, null),
    ]) {
      let listed: readonly unknown[] = [];
      const read = await rowsRead(async (trx) => (listed = await list(trx)));
      expect(listed).toHaveLength(members);
      expect(read).toBeLessThan(4 * items);
    }
    await as(async (trx) => await sql`delete from projects where id = ${projectId}`.execute(trx));
    await as(async (trx) => await sql`delete from tags where id = ${tagId}`.execute(trx));
  });

  test('the duration of a plan is estimated', async () => {
    await as(async (trx) => await sql`update job_items set action = 'create', state = 'planned'`.execute(trx));
    const options = { dollarsPerMillionTokens: 0, needsApproval: () => false };
    const read = await rowsRead(async (trx) => {
      const job = await findJob(trx, jobId);
      if (job !== undefined) await computePlan(trx, job, options);
    });
    expect(read).toBeLessThan(50 * items);
  });

  test('sources without a stale item are recognized without reading their items', async () => {
    let stale: readonly object[] = [];
    const hashes = { google_drive: '' };
    const read = await rowsRead(async (trx) => (stale = await countStale(trx, hashes, '1')));
    expect(stale).toEqual([]);
    // A table that was empty when PostgreSQL looked may be read for both halves.
    expect(read).toBeLessThan(of === 'deletion' ? 3 * items : 50);
    const every = await as(async (trx) => await countStale(trx, { google_drive: 'new' }, '1'));
    expect(every).toEqual([{ dataSourceId, name: 'Files', sourceType: 'google_drive', items, fromVendor: 0 }]);
  });

  test('items to be processed again are put on pages of the job', async () => {
    const job = { ...key, jobId: '0190b3c2-0000-7000-8000-000000000003' };
    let [first, second] = [0, 0];
    const read = await rowsRead(async (trx) => {
      first = await recordStalePage(trx, { ...job, page: 8 }, 'new rules', items / 2);
      second = await recordStalePage(trx, { ...job, page: 9 }, 'new rules', items / 2);
    });
    expect([first, second]).toEqual([items / 2, items / 2]);
    expect(read).toBeLessThan(50 * items);
  });

  test('a file is uploaded beside many others', async () => {
    await as(async (trx) => {
      await sql`
      insert into uploaded_contents (user_id, data_source_id, size, created_at)
      select 'ana', ${dataSourceId}, 1, '2026-01-01' from generate_series(1, ${sql.lit(items)})`.execute(trx);
      await sql`
      insert into uploaded_files (user_id, data_source_id, path, content_id, sha256, uploaded_at, revision)
      select 'ana', ${dataSourceId}, id, id, 'h', now(), row_number() over () from uploaded_contents`.execute(trx);
    });
    const file = { userId: 'ana', dataSourceId, path: 'Minutes.txt', size: 1 };
    const max = { files: 2 * items, bytes: 2 * items };
    let usage: object = {};
    const read = await rowsRead(async (trx) => {
      await beginUpload(trx, file, max);
      usage = await countUploads(trx, dataSourceId);
    });
    expect(usage).toEqual({ files: items, bytes: items });
    expect(read).toBeLessThan(20 * items);

    let listed: readonly unknown[] = [];
    const filter = { after: null, text: undefined, limit: 10 };
    const readForList = await rowsRead(async (trx) => (listed = await listUploads(trx, dataSourceId, filter)));
    expect(listed).toHaveLength(10);
    expect(readForList).toBeLessThan(20 * items);
  });

  test('the contents of folders that the vendor reports as deleted are found, counted and removed', async () => {
    const removals = { ...key, jobId: '0190b3c2-0000-7000-8000-000000000004', page: 7 };
    const input = {
      ...removals,
      force: false,
      isStalePage: false,
      transformationsHash: '',
      dryRun: false,
      batchSize: 100,
    };
    await as(async (trx) => {
      await sql`update sync_jobs set status = 'completed'`.execute(trx);
      await sql`
      insert into sync_jobs (id, user_id, data_source_id, job_type, trigger, status, started_at)
      values (${removals.jobId}, 'ana', ${dataSourceId}, 'delta', 'api', 'running', now())`.execute(trx);
    });
    const named = Array.from({ length: folders / 2 }, (_, i) => `folder ${i}`);
    let removed = 0;
    const read = await rowsRead(async (trx) => {
      await recordNamed(trx, removals, named);
      await completeCandidates(trx, { ...removals, dryRun: false });
      const counted = await countCandidates(trx, removals.jobId, dataSourceId);
      await recordSweepPage(trx, removals, items);
      await planPage(trx, { ...input, wordsOf });
      removed = await removeItems(trx, removals, items);
      expect(counted.removals).toBe(removed);
    });
    expect(removed).toBeGreaterThan(items / 4);
    expect(read).toBeLessThan(100 * items);
  });

  test('the item of a document that its owner deletes is found by its key', async () => {
    const { rows } = await as(
      async (trx) =>
        await sql<{ id: string; item: string }>`
        update sync_items s set local_document_id = d.id, sync_status = 'synced' from documents d
        where d.external_id = s.external_id and s.id = (select min(id::text)::uuid from sync_items)
        returning d.id, s.external_id as item`.execute(trx),
    );
    const { id = '', item = '' } = rows[0] ?? {};
    expect(await rowsRead(async (trx) => await excludeItemOf(trx, id))).toBeLessThan(50);
    const excluded = await as(
      async (trx) =>
        await sql`select external_id from sync_items where last_error_code = 'deleted_by_owner'`.execute(trx),
    );
    expect(excluded.rows).toEqual([{ externalId: item }]);
  });

  test('what a deletion of the source removes is counted', async () => {
    let counted: object = {};
    const scope = { kind: 'source', dataSourceId, keepDocuments: false } as const;
    const read = await rowsRead(async (trx) => (counted = await countRows(trx, scope)));
    expect(read).toBeLessThan(50 * items);
    const { rows } = await as(
      async (trx) =>
        await sql<{ documents: number; chunks: number; vectors: number }>`
        select (select count(*) from documents)::int as documents, (select count(*) from document_chunks)::int as chunks,
          (select count(*) from embeddings e where exists (select from document_chunks c
            where c.text_hash = e.text_hash))::int as vectors`.execute(trx),
    );
    expect(counted).toMatchObject({ ...rows[0] });
  });

  test('whether another document has a text is not looked for in a list of those to delete', async () => {
    const plan: string[] = [];
    const explained: KyselyPlugin = {
      transformQuery: ({ node }) => {
        const { sqlFragments } = node as RawNode;
        return { ...node, sqlFragments: [`explain ${sqlFragments[0]}`, ...sqlFragments.slice(1)] } as RawNode;
      },
      transformResult: async ({ result }) => {
        plan.push(...result.rows.flatMap((row) => Object.values(row).map(String)));
        return await Promise.resolve(result);
      },
    };
    const scope = { kind: 'source', dataSourceId, keepDocuments: false } as const;
    await as(async (trx) => await countRows(trx.withPlugin(explained), scope));
    // PostgreSQL hashes such a list only as long as it expects it to fit into `work_mem`, and else reads it for each text.
    expect(plan.join('\n')).toMatch(/CTE Scan on to_delete/);
    expect(plan.join('\n')).not.toMatch(/SubPlan \d+\s+->\s+CTE Scan on to_delete/);
  });

  test.each<[string, (trx: UserTransaction) => Promise<unknown>]>([
    ['listed', async (trx) => await listDocuments(trx, {}, 10, null)],
    ['listed by time', async (trx) => await listLatestDocuments(trx, {}, 10, null)],
    ['listed by title', async (trx) => await listSortedDocuments(trx, {}, 'title', 10, null)],
    ['counted', async (trx) => await countDocuments(trx, {})],
    ['searched', async (trx) => await findByWords(trx, 'cleo', toSearchTerms(toTerms('minutes')), 10, undefined)],
    ['counted for a new model', async (trx) => await countLiveTexts(trx)],
    ['moved to a new model', async (trx) => await sumTextsWithout(trx, space)],
    ['deleted', async (trx) => await findDocumentsToDelete(trx, { kind: 'user' }, 10)],
    ['found stale', async (trx) => await countStale(trx, { google_drive: '' }, '1')],
  ])('a few documents of one user are %s without reading those of others', async (_, work) => {
    await asUser(
      database.db,
      'cleo',
      async (trx) =>
        await sql`
      with added as (
        insert into documents (user_id, external_id, item_type, title, content_hash, pipeline_version, live_generation)
        select 'cleo', gen_random_uuid(), 'file', 'Minutes', 'h', '1', gen_random_uuid()
        where not exists (select from documents) returning id, live_generation)
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
      select 'cleo', id, live_generation, 0, 'Text', 't', 1 from added`.execute(trx),
    );
    // A table that was empty when PostgreSQL looked may be read once.
    expect(await rowsRead(work, { user: 'cleo' })).toBeLessThan(of === 'deletion' ? 3 * items : 50);
  });
});

test('a key that was planned for the first rows of a table is planned again when there are more', async () => {
  await using own = await createTestDatabase();
  const at = performance.now();
  const addDocuments = async (trx: UserTransaction, count: number) =>
    await sql`
      insert into documents (user_id, external_id, item_type, title, content_hash, pipeline_version)
      select 'ana', gen_random_uuid(), 'file', 'Minutes', 'h', '1' from generate_series(1, ${sql.lit(count)})`.execute(
      trx,
    );
  const addChunks = async (trx: UserTransaction) =>
    await sql`
      insert into document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
      select 'ana', id, gen_random_uuid(), 0, 'Text', 't', 1 from documents order by id desc limit 100`.execute(trx);

  await asUser(own.db, 'ana', async (trx) => {
    await addDocuments(trx, 10);
    await addChunks(trx);
  });
  await sql`analyze documents`.execute(own.db);
  await asUser(own.db, 'ana', async (trx) => {
    await addChunks(trx);
    await addDocuments(trx, 3 * items);
  });
  jest.spyOn(performance, 'now').mockReturnValue(at + 60_000);
  const read = await rowsRead(addChunks, own);
  jest.restoreAllMocks();
  expect(read).toBeLessThan(50 * 100);
});

test('the check of each key finds its row by the whole key, before the table is in the statistics', async () => {
  await using empty = await createTestDatabase();
  const { rows: keys } = await sql<{ name: string; check: string; columns: number }>`
    select k.conname as name, cardinality(k.confkey)::int as columns,
      format('select 1 from only %s x where %s for key share of x', k.confrelid::regclass,
        (select string_agg(format('%I = $%s', a.attname, c.place), ' and ' order by c.place)
          from unnest(k.confkey) with ordinality c(attnum, place)
          join pg_attribute a on a.attrelid = k.confrelid and a.attnum = c.attnum)) as check
    from pg_constraint k where k.contype = 'f' order by k.conname`.execute(empty.db);
  expect(keys.length).toBeGreaterThan(20);
  for (const { name, check, columns } of keys) {
    const { rows } = await sql<object>`explain (generic_plan, costs off) ${sql.raw(check)}`.execute(empty.db);
    const plan = rows.map((row) => Object.values(row).join('')).join(' ');
    const found = [...(/Index Cond: (.*)/.exec(plan)?.[1] ?? '').matchAll(/\$\d/g)];
    expect([name, found.length, plan.includes('Filter')]).toEqual([name, columns, false]);
  }
});
