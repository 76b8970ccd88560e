/** Everything that is encrypted with ENCRYPTION_KEY, for the rotation of keys. */

import { sql } from 'kysely';
import type { UserTransaction } from '../access/as-user.ts';
import { toJson } from '../access/parameters.ts';

/** The location of a secret. Its envelope is bound to `id`, the key of the row. */
export interface SealedSecret {
  readonly place: keyof typeof places;
  readonly id: string;
  readonly envelope: unknown;
}

const places = {
  sign_in: { table: 'data_sources', column: 'auth_data', key: 'id' },
  sign_in_under_way: { table: 'oauth_states', column: 'code_verifier', key: 'state_hash' },
  webhook_secret: { table: 'webhook_endpoints', column: 'secret', key: 'id' },
} as const;

/** All secrets of one user. */
export async function listSealedSecrets(trx: UserTransaction): Promise<SealedSecret[]> {
  const found: SealedSecret[] = [];
  for (const [place, { table, column, key }] of Object.entries(places)) {
    const { rows } = await sql<{ id: string; envelope: unknown }>`
      select ${sql.ref(key)}::text as id, ${sql.ref(column)} as envelope from ${sql.table(table)}
      where ${sql.ref(column)} is not null`.execute(trx);
    found.push(...rows.map((row) => ({ place: place as SealedSecret['place'], ...row })));
  }
  return found;
}

/**
 * Replaces the secret only if it has not changed since it was read, because a worker may have stored refreshed tokens
 * meanwhile. @returns whether it was replaced
 */
export async function replaceSealedSecret(
  trx: UserTransaction,
  { place, id, envelope }: SealedSecret,
  replacement: unknown,
): Promise<boolean> {
  const { table, column, key } = places[place];
  const { rows } = await sql`
    update ${sql.table(table)} set ${sql.ref(column)} = ${toJson(replacement)}::jsonb
    where ${sql.ref(key)}::text = ${id} and ${sql.ref(column)} = ${toJson(envelope)}::jsonb
    returning 1`.execute(trx);
  return rows.length === 1;
}
