/** A user's keys for programs, by the hash of what a program sends. */

import { sql } from 'kysely';
import type { KeyLimits, KeyScope } from '../../domain/api-keys.ts';
import type { UserTransaction } from './as-user.ts';

const columns = [
  'id',
  'name',
  'hint',
  'scope',
  'dataSourceIds',
  'projectIds',
  'expiresAt',
  'lastUsedAt',
  'revokedAt',
  'createdAt',
] as const;

export type ApiKeyRow = Awaited<ReturnType<typeof listApiKeys>>[number];

/** Includes revoked keys, so that a key in a log can be identified later. */
export async function listApiKeys(trx: UserTransaction) {
  return await trx.selectFrom('apiKeys').select(columns).orderBy('createdAt').orderBy('id').execute();
}

export interface NewApiKey extends KeyLimits {
  readonly userId: string;
  readonly name: string;
  readonly keyHash: string;
  readonly hint: string;
  readonly scope: KeyScope;
  readonly expiresAt: string | null;
}

export async function createApiKey(trx: UserTransaction, key: NewApiKey): Promise<ApiKeyRow> {
  const { dataSourceIds, projectIds, ...rest } = key;
  return await trx
    .insertInto('apiKeys')
    .values({
      ...rest,
      dataSourceIds: dataSourceIds === null ? null : [...dataSourceIds],
      projectIds: projectIds === null ? null : [...projectIds],
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** @returns undefined if there is none, or it was revoked before */
export async function revokeApiKey(trx: UserTransaction, id: string): Promise<ApiKeyRow | undefined> {
  return await trx
    .updateTable('apiKeys')
    .set({ revokedAt: sql<Date>`now()` })
    .where('id', '=', id)
    .where('revokedAt', 'is', null)
    .returning(columns)
    .executeTakeFirst();
}

/** Records the use at most once a minute, so that a request does not always write. */
export async function useApiKey(trx: UserTransaction, keyHash: string): Promise<ApiKeyRow | undefined> {
  const key = await trx.selectFrom('apiKeys').select(columns).where('keyHash', '=', keyHash).executeTakeFirst();
  if (key !== undefined)
    await sql`
      update api_keys set last_used_at = now()
      where id = ${key.id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`.execute(trx);
  return key;
}
