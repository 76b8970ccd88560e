import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { asUser } from '../../db/access/as-user.ts';
import { listSealedSecrets } from '../../db/sources/sealed-secrets.ts';
import { createKeyring } from '../../sources/credentials/keyring.ts';
import { rotateKeys } from '../../sources/credentials/rotate-keys.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

const [oldKey, newKey, lostKey] = ['aa', 'bb', 'cc'].map((pair) => pair.repeat(32)) as [string, string, string];
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(async () => await database[Symbol.asyncDispose]());

test('every secret of all users that was encrypted with an earlier key is encrypted again with the current one, and can be read as before', async () => {
  const old = createKeyring(oldKey);
  const ids = await Promise.all(['ana', 'bob'].map(async (user) => [user, await createSource(user)] as const));
  for (const [user, id] of ids) {
    await store(
      user,
      sql`update data_sources set auth_data = ${json(old.seal(`token of ${user}`, id))} where id = ${id}`,
    );
    await store(
      user,
      sql`insert into oauth_states (state_hash, user_id, data_source_id, code_verifier, redirect_uri, expires_at)
        values (${`state of ${user}`}, ${user}, ${id}, ${json(old.seal('verifier', `state of ${user}`))}, 'x', now())`,
    );
    await store(
      user,
      sql`insert into webhook_endpoints (id, user_id, url, events, secret)
        values (${id}, ${user}, 'https://example.com', '{job.failed}', ${json(old.seal('whsec', id))})`,
    );
  }
  const fresh = createKeyring(newKey, [oldKey]);

  expect(await rotateKeys(database.db, fresh)).toEqual({ current: 0, sealedAnew: 6, unreadable: 0 });

  const alone = createKeyring(newKey);
  for (const [user] of ids) {
    const secrets = await asUser(database.db, user, async (trx) => await listSealedSecrets(trx));
    expect(secrets.map(({ envelope, id }) => String(alone.open(envelope, id))).toSorted()).toEqual([
      `token of ${user}`,
      'verifier',
      'whsec',
    ]);
  }
  expect(await rotateKeys(database.db, alone)).toEqual({ current: 6, sealedAnew: 0, unreadable: 0 });
  expect(await rotateKeys(database.db, createKeyring(lostKey))).toEqual({ current: 0, sealedAnew: 0, unreadable: 6 });
});

async function createSource(user: string): Promise<string> {
  const source = { userId: user, name: 'Notes', sourceType: 'gmail' } as const;
  return await asUser(
    database.db,
    user,
    async (trx) => (await trx.insertInto('dataSources').values(source).returning('id').executeTakeFirstOrThrow()).id,
  );
}

async function store(user: string, statement: ReturnType<typeof sql>): Promise<void> {
  await asUser(database.db, user, async (trx) => void (await statement.execute(trx)));
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
