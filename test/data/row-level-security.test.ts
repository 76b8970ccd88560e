import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser, ownerOf, type UserTransaction } from '../../db/access/as-user.ts';
import { userTag } from '../../db/documents/word-index.ts';
import { toVector } from '../../domain/search.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const id = '00000000-0000-7000-8000-000000000001';
const other = '00000000-0000-7000-8000-000000000002';

/** One row of Ana's in every table, in the order required by foreign keys. */
const rows: Readonly<Record<string, string>> = {
  data_sources: `(id, user_id, name, source_type) values ('${id}', $1, 'Notes', 'local_folder')`,
  oauth_states: `(state_hash, user_id, data_source_id, code_verifier, redirect_uri, expires_at)
    values ('state', $1, '${id}', '{}', 'http://127.0.0.1', now())`,
  sync_jobs: `(id, user_id, data_source_id, job_type, trigger) values ('${id}', $1, '${id}', 'full_sync', 'api')`,
  sync_items: `(user_id, data_source_id, external_id, external_path, name, item_type, listed_hash, external_hash_kind)
    values ($1, '${id}', 'a', 'a', 'a', 'file', 'h', 'md5')`,
  source_containers: `(user_id, data_source_id, external_id, name) values ($1, '${id}', 'c', 'c')`,
  job_pages: `(job_id, page, user_id, kind) values ('${id}', 1, $1, 'listing')`,
  job_containers: `(job_id, external_id, user_id) values ('${id}', 'c', $1)`,
  source_gaps: `(data_source_id, external_id, user_id, name, code, message, last_job_id)
    values ('${id}', 'c', $1, 'c', 'forbidden', 'm', '${id}')`,
  job_gaps: `(job_id, external_id, user_id, name, code, message, since) values ('${id}', 'c', $1, 'c', 'forbidden', 'm', now())`,
  plan_containers: `(job_id, external_id, user_id, name) values ('${id}', 'c', $1, 'c')`,
  job_removals: `(job_id, external_id, user_id, reason) values ('${id}', 'a', $1, 'named')`,
  job_items: `(job_id, external_id, user_id, data_source_id, page) values ('${id}', 'a', $1, '${id}', 1)`,
  documents: `(id, user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version)
    values ('${id}', $1, '${id}', 'a', 'file', 'a', 'h', '1')`,
  document_chunks: `(user_id, document_id, generation, ordinal, text, text_hash, tokens)
    values ($1, '${id}', '${id}', 0, 'secret', 'h', 1)`,
  document_changes: `(user_id, position, document_id, kind) values ($1, 1, '${id}', 'deleted')`,
  document_feeds: `(user_id) values ($1)`,
  embeddings: `(user_id, store, model, dimensions, text_hash, vector) values ($1, 'pgvector', 'm', 2, 'h', '[1,0]')`,
  vector_spaces: `(user_id, store, model, dimensions, state) values ($1, 'pgvector', 'm', 2, 'live')`,
  vector_deletions: `(user_id, text_hash) values ($1, 'h')`,
  account_limits: `(user_id, account, blocked_until) values ($1, 'google_drive:a', now())`,
  etl_transformations: `(user_id, name, transformation_type) values ($1, 't', 'normalize')`,
  scheduled_syncs: `(user_id, data_source_id, schedule_type) values ($1, '${id}', 'daily')`,
  projects: `(id, user_id, name) values ('${id}', $1, 'p')`,
  project_documents: `(user_id, project_id, document_id) values ($1, '${id}', '${id}')`,
  tags: `(id, user_id, name) values ('${id}', $1, 't')`,
  document_tags: `(user_id, document_id, tag_id) values ($1, '${id}', '${id}')`,
  change_notification_subscriptions: `(id, user_id, data_source_id, vendor, external_id) values ('${id}', $1, '${id}', 'gmail', 'ana@example.com')`,
  webhook_endpoints: `(id, user_id, url, events, secret) values ('${id}', $1, 'https://example.com', '{job.failed}', '{}')`,
  webhook_events: `(id, user_id, event_type, job_id, data) values ('${id}', $1, 'job.failed', '${id}', '{}')`,
  webhook_deliveries: `(id, user_id, endpoint_id, event_id) values ('${id}', $1, '${id}', '${id}')`,
  api_keys: `(id, user_id, name, key_hash, hint, scope) values ('${id}', $1, 'k', 'h', 'hw_', 'read')`,
  page_sessions: `(user_id, session_hash, tokens, renew_at, ends_at) values ($1, 's', '{}', now(), now())`,
  audit_events: `(user_id, action, actor) values ($1, 'key.create', 'user')`,
  assignment_rules: `(user_id, project_id, data_source_id) values ($1, '${id}', '${id}')`,
  source_days: `(data_source_id, day, user_id) values ('${id}', now(), $1)`,
  source_day_errors: `(data_source_id, day, code, user_id, items) values ('${id}', now(), 'forbidden', $1, 1)`,
  original_texts: `(user_id, document_id, text, metadata) values ($1, '${id}', 'secret', '{}')`,
  uploaded_contents: `(id, user_id, data_source_id, size) values ('${id}', $1, '${id}', 6)`,
  uploaded_parts: `(content_id, ordinal, user_id, bytes) values ('${id}', 0, $1, 'secret')`,
  uploaded_files: `(user_id, data_source_id, path, content_id, sha256) values ($1, '${id}', 'a', '${id}', 'h')`,
  recognised_pages: `(user_id, content_hash, settings, page, text, confidence) values ($1, 'h', 's', 0, 'secret', 90)`,
};
const tables = Object.keys(rows);
/** Belong to no user, and only functions read them: `api/request-counts.test.ts`, `test/webhooks/receivers.test.ts`. */
const ofNoUser = ['notion_verification', 'request_counts'];
/** Nobody changes or deletes their rows: `test/api/audit-log.test.ts`. */
const appendOnly = ['audit_events'];
const changeable = tables.filter((table) => !appendOnly.includes(table));

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await asUser(database.db, 'ana', async (trx) => {
    for (const table of tables) await sql.raw(insertOf(table, 'ana')).execute(trx);
  });
}, 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

describe('a user sees only their own rows, whatever the statement (P6)', () => {
  test('the cases cover every table of the schema', async () => {
    const found = await sql<{ name: string }>`
      select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
        and relname not like 'kysely%' and relname <> all (${ofNoUser})`.execute(database.db);
    expect(tables.toSorted()).toEqual(found.rows.map((row) => row.name).toSorted());
  });

  test.each(changeable)('%s: only Ana can read, change or delete her row', async (table) => {
    for (const stranger of [
      'bob',
      '',
      'ANA',
      "ana' or '1'='1",
      "ana\\' or true; --",
      'ana\\',
      "x', true); reset role; --",
    ]) {
      const touched = await asUser(database.db, stranger, async (trx) => ({
        read: (await sql`select * from ${sql.table(table)}`.execute(trx)).rows.length,
        changed: (await sql`update ${sql.table(table)} set user_id = user_id returning 1`.execute(trx)).rows.length,
        deleted: (await sql`delete from ${sql.table(table)} returning 1`.execute(trx)).rows.length,
      }));
      expect([stranger, touched]).toEqual([stranger, { read: 0, changed: 0, deleted: 0 }]);
    }
    const own = await asUser(
      database.db,
      'ana',
      async (trx) => await sql`select * from ${sql.table(table)}`.execute(trx),
    );
    expect(own.rows).toHaveLength(1);
  });

  test.each(appendOnly)('%s: only Ana can read her row', async (table) => {
    for (const [user, count] of [
      ['ana', 1],
      ['bob', 0],
      ['', 0],
    ] as const) {
      const read = await asUser(
        database.db,
        user,
        async (trx) => await sql`select * from ${sql.table(table)}`.execute(trx),
      );
      expect([user, read.rows.length]).toEqual([user, count]);
    }
  });

  test.each(tables)('%s: nobody can write a row in another user’s name', async (table) => {
    await expect(
      asUser(
        database.db,
        'bob',
        async (trx) => await sql.raw(insertOf(table, 'ana').replaceAll(id, other)).execute(trx),
      ),
    ).rejects.toThrow(/row-level security/);
  });

  test.each(changeable)('%s: nobody can give a row away', async (table) => {
    await expect(
      asUser(database.db, 'ana', async (trx) => await sql`update ${sql.table(table)} set user_id = 'bob'`.execute(trx)),
    ).rejects.toThrow(/row-level security/);
  });

  test('the owner of the tables sees no row of any, and neither does a login that may become the app role', async () => {
    await asUser(database.db, '', (trx) =>
      sql`select count_requests(array['somebody'], array[1], now()), begin_notion_verification(60)`.execute(trx),
    );
    for (const table of [...tables, ...ofNoUser]) {
      const asRole = async (statements: readonly string[]) =>
        await readAs([...statements, 'set local role somebody_else'], `select 1 from ${table}`);
      const login = ['create role somebody_else', 'grant headwater_app to somebody_else with inherit false'];
      expect([table, await asRole([...login, `alter table ${table} owner to somebody_else`])]).toEqual([table, 0]);
      expect([table, await asRole(login)]).toEqual([table, 'permission denied']);
    }
  });

  test('without a user, the app role sees nothing', async () => {
    const { rows: seen } = await database.db.transaction().execute(async (trx) => {
      await sql`set local role headwater_app`.execute(trx);
      return await sql`select 1 from data_sources`.execute(trx);
    });
    expect(seen).toEqual([]);
  });
});

describe('the app role (P6)', () => {
  test('is not a superuser, cannot log in, does not bypass row-level security and owns nothing', async () => {
    const { rows: roles } = await sql`
      select rolname, rolsuper, rolcanlogin, rolbypassrls, rolcreaterole, rolcreatedb,
        (select count(*)::int from pg_class where relowner = r.oid and relkind = 'r') as tables
      from pg_roles r where rolname like 'headwater%' order by 1`.execute(database.db);
    const none = { rolsuper: false, rolcanlogin: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false };
    expect(roles).toEqual([
      { rolname: 'headwater_app', ...none, tables: 0 },
      { rolname: 'headwater_lookup', ...none, tables: 0 },
      { rolname: 'headwater_search', ...none, tables: 0 },
    ]);
  });

  test('is subject to policies that every table forces on its owner too', async () => {
    const { rows: loose } = await sql`
      select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
        and relname not like 'kysely%' and not (relrowsecurity and relforcerowsecurity)`.execute(database.db);
    expect(loose).toEqual([]);
  });

  test('has no statement compiled, which takes longer than a search', async () => {
    const { rows: setting } = await asUser(database.db, 'ana', async (trx) => await sql`show jit`.execute(trx));
    expect(setting).toEqual([{ jit: 'off' }]);
  });

  test('is reset at the end of its transaction, so the connection returns to the pool unchanged', async () => {
    await asUser(database.db, 'ana', async (trx) => await sql`select 1`.execute(trx));
    const { rows: after } = await sql`
      select current_user <> 'headwater_app' as own, coalesce(current_setting('app.user_id', true), '') as user_id`.execute(
      database.db,
    );
    expect(after).toEqual([{ own: true, userId: '' }]);
  });

  test('may look up the owner of a source, job or sign-in, and learns only a user id', async () => {
    expect(await ownerOf(database.db, 'data_sources', id)).toBe('ana');
    expect(await ownerOf(database.db, 'sync_jobs', id)).toBe('ana');
    expect(await ownerOf(database.db, 'oauth_states', 'state')).toBe('ana');
    expect(await ownerOf(database.db, 'data_sources', other)).toBeNull();
    await expect(
      database.db.transaction().execute(async (trx) => {
        await sql`set local role headwater_lookup`.execute(trx);
        return await sql`select name from data_sources`.execute(trx);
      }),
    ).rejects.toThrow(/permission denied/);
  });

  test('calls functions of another role only if they look up nothing that users can create', async () => {
    const { rows: functions } = await sql<{
      name: string;
      settings: readonly string[];
      owner: string;
      forAll: boolean;
    }>`
      select p.oid::regprocedure::text as name, proconfig as settings, rolname as owner,
        has_function_privilege('public', p.oid, 'execute') as for_all
      from pg_proc p join pg_roles r on r.oid = proowner
      where prosecdef and pronamespace = 'public'::regnamespace order by 1`.execute(database.db);
    expect(functions.length).toBeGreaterThanOrEqual(10);
    for (const { name, settings, owner, forAll } of functions) {
      expect([name, forAll]).toEqual([name, false]);
      expect([name, settings[0]]).toEqual([name, 'search_path=pg_catalog, pg_temp']);
      expect([name, owner]).toEqual([name, expect.stringMatching(/^headwater_(lookup|search)$/)]);
    }
  });

  test('cannot read or change the list of migrations', async () => {
    await expect(
      asUser(database.db, 'ana', async (trx) => await sql`select * from kysely_migration`.execute(trx)),
    ).rejects.toThrow(/permission denied/);
  });
});

describe('a row belongs to the user of the row that it refers to', () => {
  test('every foreign key contains the user', async () => {
    const { rows: keys } = await sql<{ key: string }>`
      select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as key from pg_constraint
      where contype = 'f' and connamespace = 'public'::regnamespace
        and pg_get_constraintdef(oid) !~ '^FOREIGN KEY \\(\\w+, user_id\\) REFERENCES \\w+\\(id, user_id\\)'`.execute(
      database.db,
    );
    expect(keys).toEqual([]);
  });

  test.each([
    `sync_jobs (user_id, data_source_id, job_type, trigger, status)
      values ('bob', '${id}', 'full_sync', 'api', 'completed')`,
    `documents (user_id, data_source_id, external_id, item_type, title, content_hash, pipeline_version)
      values ('bob', '${id}', 'b', 'file', 'b', 'h', '1')`,
    `document_chunks (user_id, document_id, generation, ordinal, text, text_hash, tokens)
      values ('bob', '${id}', '${id}', 9, 'x', 'h', 1)`,
    `oauth_states (state_hash, user_id, data_source_id, code_verifier, redirect_uri, expires_at)
      values ('other', 'bob', '${id}', '{}', 'http://127.0.0.1', now())`,
  ])('Bob’s row cannot refer to Ana’s: %s', async (values) => {
    await expect(
      asUser(database.db, 'bob', async (trx) => await sql.raw(`insert into ${values}`).execute(trx)),
    ).rejects.toThrow(/violates foreign key/);
  });
});

describe('the word index, which is read outside the policies (P6)', () => {
  const [cleo, dan] = usersWithOneTag();
  const words = '.harbour:1 +harbour';

  beforeAll(async () => {
    for (const user of [cleo, dan]) {
      await asUser(database.db, user, async (trx) => {
        const documentId = documentOf(user);
        await sql`
          insert into documents (id, user_id, external_id, item_type, title, content_hash, pipeline_version, search,
            live_generation)
          values (${documentId}, ${user}, 'a', 'file', 'harbour', 'h', '1', ${toVector(userTag(user), words)}::tsvector,
            ${documentId})`.execute(trx);
        await sql`
          insert into document_chunks (id, user_id, document_id, generation, ordinal, text, text_hash, tokens, search)
          values (${documentId}, ${user}, ${documentId}, ${documentId}, 0, 'harbour', 'h', 1,
            ${toVector(userTag(user), words)}::tsvector)`.execute(trx);
      });
    }
  });

  const match = async (trx: UserTransaction, name: string, among: readonly string[] | null): Promise<unknown[]> => {
    const query = `'${userTag(cleo)}.harbour'`;
    const { rows: found } = await sql<{ id: string }>`
      select ${sql.ref(name)}(${query}::tsquery, ${among}::uuid[], 1000) as id`.execute(trx);
    return found.map((row) => row.id);
  };

  describe.each(['matching_chunks', 'matching_documents'])('%s', (name) => {
    test('returns ids of the session’s own user only, also if two users’ words are in one list', async () => {
      expect(userTag(cleo)).toBe(userTag(dan));
      for (const user of [cleo, dan]) {
        expect(await asUser(database.db, user, async (trx) => await match(trx, name, null))).toEqual([
          documentOf(user),
        ]);
      }
    });

    test.each(['', 'ana', "x' or '1'='1", '%'])('returns nothing for the user %p', async (user) => {
      expect(await asUser(database.db, user, async (trx) => await match(trx, name, null))).toEqual([]);
    });

    test('returns nothing without a user', async () => {
      const found = await database.db.transaction().execute(async (trx) => {
        await sql`set local role headwater_app`.execute(trx);
        return await match(trx, name, null);
      });
      expect(found).toEqual([]);
    });

    test('returns nothing from another user’s documents, even if they are named', async () => {
      const among = [documentOf(dan)];
      expect(await asUser(database.db, cleo, async (trx) => await match(trx, name, among))).toEqual([]);
    });

    test('cannot be redirected by a table, a function or a search path of the caller', async () => {
      await rolledBack(cleo, async (trx) => {
        await sql`create temp table document_chunks (id uuid, user_id text, document_id uuid, search tsvector)`.execute(
          trx,
        );
        await sql`create temp table documents (id uuid, user_id text, search tsvector)`.execute(trx);
        await sql`
          create function pg_temp.current_setting(text, boolean) returns text language sql as ${sql.lit(`select '${dan}'`)}`.execute(
          trx,
        );
        await sql`set local search_path = pg_temp, public, pg_catalog`.execute(trx);
        expect(await match(trx, name, null)).toEqual([documentOf(cleo)]);
      });
    });
  });

  test('its role reads ids and words, but no texts or titles', async () => {
    for (const column of ['text', 'text_hash', 'tokens']) await expectDenied(`select ${column} from document_chunks`);
    for (const column of ['title', 'source_url', 'metadata']) await expectDenied(`select ${column} from documents`);
    await expectDenied('delete from document_chunks');
    await expectDenied('select 1 from data_sources');
  });

  test('the app role cannot create an operator or function that others would use', async () => {
    for (const statement of [
      'create schema own',
      'create function public.matches(tsvector, tsquery) returns boolean language sql as $$ select true $$',
      'alter function matching_chunks(tsquery, uuid[], integer) reset all',
    ]) {
      await expect(asUser(database.db, cleo, async (trx) => await sql.raw(statement).execute(trx))).rejects.toThrow(
        /permission denied|must be owner/,
      );
    }
  });
});

/** @returns the number of rows that a role sees after these statements, which are rolled back */
async function readAs(statements: readonly string[], query: string): Promise<number | string> {
  let seen: number | string = 'nothing was read';
  const done = new Error('done');
  const whole = database.db.transaction().execute(async (trx) => {
    for (const statement of statements) await sql.raw(statement).execute(trx);
    seen = (await sql.raw(query).execute(trx)).rows.length;
    throw done;
  });
  await whole.catch((error: unknown) => {
    if (error === done) return;
    if (!/permission denied/.test(String(error))) throw error;
    seen = 'permission denied';
  });
  return seen;
}

async function expectDenied(statement: string): Promise<void> {
  await expect(
    database.db.transaction().execute(async (trx) => {
      await sql`set local role headwater_search`.execute(trx);
      return await sql.raw(statement).execute(trx);
    }),
  ).rejects.toThrow(/permission denied/);
}

/** Rolls back everything that the work does. */
async function rolledBack(user: string, work: (trx: UserTransaction) => Promise<void>): Promise<void> {
  const done = new Error('done');
  const whole = asUser(database.db, user, async (trx) => {
    await work(trx);
    throw done;
  });
  await expect(whole).rejects.toBe(done);
}

/** With a million tags, two users with the same one are found quickly. */
function usersWithOneTag(): [string, string] {
  const first = new Map<string, string>();
  for (let i = 0; ; i++) {
    const user = `user ${i}`;
    const before = first.get(userTag(user));
    if (before !== undefined) return [before, user];
    first.set(userTag(user), user);
  }
}

function documentOf(user: string): string {
  return user === usersWithOneTag()[0]
    ? '00000000-0000-7000-8000-00000000000c'
    : '00000000-0000-7000-8000-00000000000d';
}

function insertOf(table: string, userId: string): string {
  return `insert into ${table} ${(rows[table] ?? '').replace('$1', `'${userId}'`)}`;
}
